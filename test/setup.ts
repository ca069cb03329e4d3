import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * The cell is one bundled file: every suite that runs a piece needs it, so it is made once before all of them. In a process
 * of its own, because the runner of tests has no `import.meta.resolve`.
 */
export default function setup(): void {
  const script = fileURLToPath(new URL('../scripts/build-cell.ts', import.meta.url))
  execFileSync(process.execPath, [script], { stdio: 'inherit' })
}
