/** So many clients are connected at once, and no more: each that is taken is answered, the others are closed at once. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PRLIMIT } from '../break/machine.ts'
import { startProcess } from './process.ts'

interface Client {
  socket: Socket
  said: string
}

async function clients(url: string, count: number): Promise<Client[]> {
  const { hostname, port } = new URL(url)
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client: Client = { socket: connect(Number(port), hostname), said: '' }
      client.socket.on('error', () => {}).setEncoding('latin1')
      client.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
      client.said = await new Promise((resolve) => client.socket.once('data', resolve).once('close', () => resolve('')))
      return client
    }),
  )
}

const PLACES: { name: string; args: string[]; before: string[]; most: number; skip?: boolean }[] = [
  { name: 'by its setting', args: ['--connections', '16'], before: [], most: 16 },
  // Skipped without prlimit (util-linux, on every Debian): descriptors cannot be bounded otherwise.
  {
    name: 'by half of the files that it may open',
    args: [],
    before: [PRLIMIT ?? '', '--nofile=120', '--'],
    most: 60,
    skip: !PRLIMIT,
  },
]
for (const { name, args, before, most, skip } of PLACES)
  test.skipIf(skip)(`bounded ${name}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-connections-'))
    const server = await startProcess(folder, args, before)
    try {
      const first = await clients(server.url, most)
      expect(first.filter(({ said }) => said.startsWith('HTTP/1.1 200'))).toHaveLength(most)
      const late = await clients(server.url, 5)
      expect(late.filter(({ said }) => said.startsWith('HTTP'))).toEqual([])
      // Those that were taken are served on, and a place that is left is another's.
      first[0]!.socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n')
      expect(String(await once(first[0]!.socket, 'data'))).toContain('HTTP/1.1 200')
      first.pop()!.socket.destroy()
      await expect.poll(async () => (await clients(server.url, 1))[0]!.said).toContain('HTTP/1.1 200')
      for (const { socket } of first) socket.destroy()
      await expect
        .poll(async () => (await server.ask('GET', '/metrics').catch(() => undefined))?.body)
        .toMatch(/^ap_wasm_connections_dropped_total [5-9]/m)
    } finally {
      await server.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    }
  })
