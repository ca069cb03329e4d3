/** @module proof/uploads: how long a hostile upload takes until it is refused. */
import { artifact, startServer } from '../api/server.ts'
import { BOMBS } from '../security/compile-bombs.ts'
import { HOSTILE_UPLOADS } from '../security/uploads.ts'

export interface Uploaded {
  count: number
  taken: number
  slowest: string
  slowestMs: number
}

export async function uploads(): Promise<Uploaded> {
  const server = await startServer()
  try {
    const all: [name: string, bytes: Uint8Array][] = []
    for (const [name, bytes] of HOSTILE_UPLOADS) all.push([name, await bytes()])
    for (const [name, { hostile }] of Object.entries(BOMBS)) all.push([name, await artifact({ name: 'bomb' }, hostile)])
    const result: Uploaded = { count: all.length, taken: 0, slowest: '', slowestMs: 0 }
    for (const [name, bytes] of all) {
      const at = performance.now()
      const { status } = await server.deploy(bytes)
      const ms = performance.now() - at
      if (status < 400) result.taken++
      if (ms > result.slowestMs) Object.assign(result, { slowest: name, slowestMs: ms })
    }
    return result
  } finally {
    await server.close()
  }
}
