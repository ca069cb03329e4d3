import { buildCell } from '../scripts/build-cell.ts'

/** The cell is one bundled file: every suite that runs a piece needs it, so it is made once before all of them. */
export default async function setup(): Promise<void> {
  await buildCell()
}
