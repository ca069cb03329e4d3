/**
 * @module judge-process: what runs in the process of judge.ts: the executor's own inspector over files of uploads. It knows no
 * database, no storage and no secret, and ends when the registry lets go of it.
 */
import { readFile } from 'node:fs/promises'
import { createExecutor, type Inspection, PieceError } from '@ap-wasm/executor'

export interface JudgeQuestion {
  id: number
  path: string
}
/** `reasons`: the artifact is refused; `detail`: it is not the artifact's fault. */
export type JudgeAnswer = { id: number } & (
  | { inspection: Inspection }
  | { reasons: readonly string[] }
  | { detail: string }
)

const TENANT = 'registry'
const [, , folder = ''] = process.argv

// Ctrl-C in a terminal reaches this process too; the registry decides when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const opening = createExecutor({ data: folder, cells: 1, logLevel: 'error' })
// Told to whoever asks.
opening.catch(() => {})

async function judge(path: string) {
  try {
    return { inspection: await (await opening).judge(TENANT, await readFile(path)) }
  } catch (error) {
    if (error instanceof PieceError) {
      const { reasons } = error.fields as { reasons?: readonly string[] }
      return reasons ? { reasons } : { detail: error.message }
    }
    console.error(error)
    return { detail: 'it failed unexpectedly; the log says how' }
  }
}

process.on('message', async ({ id, path }: JudgeQuestion) => {
  const answer: JudgeAnswer = { id, ...(await judge(path)) }
  process.send?.(answer)
})

process.on('disconnect', async () => {
  await (await opening.catch(() => undefined))?.close()
  process.exit(0)
})
