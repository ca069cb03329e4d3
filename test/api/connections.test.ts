/** So many clients are connected at once, and no more: each that is taken is answered, the others are closed at once. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PRLIMIT } from '../break/machine.ts'
import { startServing } from '../registry/process.ts'
import { startProcess } from './process.ts'

const ASK = 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'

interface Client {
  socket: Socket
  said: string
}

/** Each asks for something that both servers have. */
async function clients(url: string, count: number): Promise<Client[]> {
  const { hostname, port } = new URL(url)
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client: Client = { socket: connect(Number(port), hostname), said: '' }
      client.socket.on('error', () => {}).setEncoding('latin1')
      client.socket.write(ASK)
      client.said = await new Promise((resolve) => client.socket.once('data', resolve).once('close', () => resolve('')))
      return client
    }),
  )
}

interface Started {
  url: string
  kill(): Promise<unknown>
}

const executor = async (data: string, args: string[], before: string[] = []): Promise<Started> => {
  const { url, kill } = await startProcess(data, args, before)
  return { url, kill: () => kill('SIGKILL') }
}

const registry = async (data: string): Promise<Started> => {
  const { child, url } = await startServing({ data, connections: 16 })
  return { url, kill: () => Promise.all([once(child, 'exit'), child.kill('SIGKILL')]) }
}

const SERVERS: { name: string; start: (data: string) => Promise<Started>; most: number; skip?: boolean }[] = [
  { name: 'an executor, by its setting', start: (data) => executor(data, ['--connections', '16']), most: 16 },
  // Skipped without prlimit (util-linux, on every Debian): descriptors cannot be bounded otherwise.
  {
    name: 'an executor, by half of the files that it may open',
    start: (data) => executor(data, [], [PRLIMIT ?? '', '--nofile=120', '--']),
    most: 60,
    skip: !PRLIMIT,
  },
  { name: 'a registry, by its setting', start: registry, most: 16 },
]
for (const { name, start, most, skip } of SERVERS)
  test.skipIf(skip)(name, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-connections-'))
    const { url, kill } = await start(folder)
    try {
      const first = await clients(url, most)
      expect(first.filter(({ said }) => said.startsWith('HTTP/1.1 200'))).toHaveLength(most)
      const late = await clients(url, 5)
      expect(late.filter(({ said }) => said.startsWith('HTTP'))).toEqual([])
      // Those that were taken are served on, and a place that is left is another's.
      first[0]!.socket.write(ASK)
      expect(String(await once(first[0]!.socket, 'data'))).toContain('HTTP/1.1 200')
      first.pop()!.socket.destroy()
      await expect.poll(async () => (await clients(url, 1))[0]!.said).toContain('HTTP/1.1 200')
      for (const { socket } of first) socket.destroy()
    } finally {
      await kill()
      await rm(folder, { recursive: true, force: true })
    }
  })

test('how many were closed is a figure', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-connections-'))
  const server = await startProcess(folder, ['--connections', '16'])
  try {
    for (const { socket } of await clients(server.url, 20)) socket.destroy()
    await expect
      .poll(async () => (await server.ask('GET', '/metrics').catch(() => undefined))?.body)
      .toMatch(/^ap_wasm_connections_dropped_total 4/m)
  } finally {
    await server.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
})
