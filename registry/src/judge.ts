/**
 * @module judge: what the executor's own inspector says of an upload: its bytes are parsed in a process that may die, and
 * `describe` runs in a cell with nothing granted. Opened at the first upload.
 */
import { createExecutor, type Executor, type Inspection, PieceError } from '@ap-wasm/executor'
import { RegistryError } from './errors.ts'

const TENANT = 'registry'

export interface Judge {
  /** Throws AR_ARTIFACT_REFUSED with every reason, or AR_JUDGE_FAILED where it is not the artifact's fault. */
  inspect(bytes: Uint8Array): Promise<Inspection>
  close(): Promise<void>
}

export function createJudge(folder: string): Judge {
  let opened: Promise<Executor> | undefined
  const open = (): Promise<Executor> => {
    const opening = createExecutor({ data: folder, cells: 1, logLevel: 'error' })
    // What failed to open is tried again at the next upload.
    opening.catch(() => {
      if (opened === opening) opened = undefined
    })
    return opening
  }
  return {
    async inspect(bytes) {
      try {
        opened ??= open()
        return await (await opened).judge(TENANT, bytes)
      } catch (error) {
        if (!(error instanceof PieceError)) throw error
        const { reasons } = error.fields as { reasons?: readonly string[] }
        if (reasons) throw new RegistryError('AR_ARTIFACT_REFUSED', { reasons }, { cause: error })
        throw new RegistryError('AR_JUDGE_FAILED', { detail: error.message }, { cause: error })
      }
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close()
    },
  }
}
