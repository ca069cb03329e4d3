/** A signal amid work, of every pair of drivers: what is under way is answered or cut, nothing is half there, and it ends. */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { embedManifest, type Manifest } from '@ap-wasm/executor'
import type { Settings } from '@ap-wasm/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DESCRIPTION, pieceComponent } from '../fixture.ts'
import { DRIVERS, titleOf } from './drivers.ts'
import { startServing } from './process.ts'
import { type Author, startRegistry } from './registry.ts'

const NAME = '@acme/large'
const SLOW = 300_000
/** More than the sockets between them hold. */
const BYTES = 16_000_000

async function largePiece(version: string): Promise<Uint8Array> {
  const definitions = `(data (i32.const 65536) "${'a'.repeat(BYTES)}")`
  const component = await pieceComponent({ memory: String(Math.ceil(BYTES / 65_536) + 4), definitions })
  const description = DESCRIPTION as unknown as Manifest['description']
  return embedManifest(component, { name: NAME, version, language: 'wat', description })
}

const artifactPath = (version: string): string => `/api/v1/pieces/${NAME}/${version}/artifact`

async function pull(url: string, version: string): Promise<IncomingMessage> {
  const [answer] = await once(request(url + artifactPath(version)).end(), 'response')
  return answer
}

function publication(url: string, { token }: Author, version: string, length: number): ClientRequest {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/wasm', 'content-length': length }
  return request(`${url}/api/v1/pieces/${NAME}/${version}`, { method: 'PUT', headers })
}

for (const drivers of DRIVERS)
  describe.skipIf(drivers.missing !== undefined)(`a signal, ${titleOf(drivers)}`, { timeout: SLOW }, () => {
    const data = mkdtempSync(join(tmpdir(), 'ap-wasm-shutdown-'))
    let opened: Awaited<ReturnType<typeof drivers.open>>
    let settings: Partial<Settings>
    let acme: Author
    let first: Uint8Array
    let second: Uint8Array

    beforeAll(async () => {
      opened = await drivers.open()
      settings = { ...opened.settings, data }
      ;[first, second] = [await largePiece('1.0.0'), await largePiece('1.1.0')]
      const here = await startRegistry(settings)
      try {
        acme = await here.author('acme')
        expect((await here.publish(acme, NAME, '1.0.0', first, {})).status).toBe(201)
      } finally {
        await here.close()
      }
    }, SLOW)
    afterAll(async () => {
      await opened?.close()
      rmSync(data, { recursive: true, force: true })
    })

    /** What stands in the registry that is started next. */
    async function afterwards<T>(look: (url: string) => Promise<T>): Promise<T> {
      const { child, url } = await startServing(settings)
      try {
        return await look(url)
      } finally {
        child.kill('SIGTERM')
        expect(await once(child, 'exit')).toEqual([0, null])
      }
    }

    test('with nothing to do it ends, and says that all is well', async () => {
      expect(await afterwards(async (url) => (await fetch(`${url}/health`)).status)).toBe(200)
    })

    test('a pull gets its last byte', async () => {
      const { child, url } = await startServing({ ...settings, drainMs: 120_000 })
      const answer = await pull(url, '1.0.0')
      child.kill('SIGTERM')
      const over = once(child, 'exit')
      expect(Buffer.compare(await buffer(answer), first)).toBe(0)
      expect(await over).toEqual([0, null])
    })

    test('readers and writers that do not go on are cut; nothing of them stays', async () => {
      const { child, url } = await startServing({ ...settings, drainMs: 500 })
      const answer = await pull(url, '1.0.0')
      const cut = once(answer, 'error')
      const sent = publication(url, acme, '1.1.0', second.length)
      const refused = once(sent, 'error')
      sent.write(second.subarray(0, 1_000_000))
      await expect.poll(() => readdirSync(join(data, 'uploads')).length).toBe(1)
      child.kill('SIGTERM')
      expect(await once(child, 'exit')).toEqual([0, null])
      answer.resume()
      expect(await cut, 'not a short answer that looks whole').toMatchObject([{ code: 'ECONNRESET' }])
      await refused
      expect(readdirSync(join(data, 'uploads'))).toEqual([])
      expect(await afterwards(async (next) => (await pull(next, '1.1.0')).resume().statusCode)).toBe(404)
    })

    test('a publication is answered, and what the answer says holds', async () => {
      const { child, url } = await startServing({ ...settings, drainMs: 120_000 })
      const sent = publication(url, acme, '1.1.0', second.length)
      const answered = once(sent, 'response')
      sent.write(second.subarray(0, 1_000_000))
      await expect.poll(() => readdirSync(join(data, 'uploads')).length).toBe(1)
      child.kill('SIGTERM')
      const over = once(child, 'exit')
      sent.end(second.subarray(1_000_000))
      const [answer] = await answered
      expect(answer.resume().statusCode).toBe(201)
      expect(await over).toEqual([0, null])
      expect(Buffer.compare(await afterwards(async (next) => buffer(await pull(next, '1.1.0'))), second)).toBe(0)
    })
  })
