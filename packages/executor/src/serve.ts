/** @module serve: an executor with its server, from settings to address and from the last call to a free data folder. */
import type { DeskOptions } from './desk.ts'
import { PieceError } from './errors.ts'
import { Executor } from './executor.ts'
import { createServer } from './server.ts'
import { completeSettings, type Settings } from './settings.ts'

export interface Serving {
  executor: Executor
  /** Where it listens: `http://127.0.0.1:7780`. */
  url: string
  /** Finishes what runs, within `drainMs`; answers meanwhile that it takes nothing new. */
  close(): Promise<void>
}

/** From an answered call to a client that has read its answer; after it, connections are cut. */
const LAST_WORDS_MS = 5_000

export async function serve(settings: Partial<Settings> = {}, options: DeskOptions = {}): Promise<Serving> {
  const executor = await Executor.open(completeSettings(settings), options)
  try {
    const server = await createServer(executor)
    const { host, port } = executor.settings
    const url = await server.listen({ host, port }).catch((error: unknown) => {
      throw unusable(error, host, port)
    })
    executor.log.info({ url, data: executor.settings.data }, 'listening')
    return {
      executor,
      url,
      async close() {
        await executor.drain()
        const cut = setTimeout(() => server.server.closeAllConnections(), LAST_WORDS_MS)
        await server.close()
        clearTimeout(cut)
        await executor.close()
      },
    }
  } catch (error) {
    await executor.close()
    throw error
  }
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host is known',
  EACCES: 'this user may not listen there',
}

function unusable(error: unknown, host: string, port: number): unknown {
  const why = WHY[(error as NodeJS.ErrnoException).code ?? '']
  return why === undefined ? error : new PieceError('AP_ADDRESS_UNUSABLE', { host, port, why }, { cause: error })
}
