import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { answering, bytes, call, engines, NONE, request } from '../outside.suite.ts'
import { certificate } from './certificate.suite.ts'

const OK = 'HTTP/1.1 200 OK\r\n'

describe('TLS', () => {
  const valid = certificate({ host: 'a.example' })
  async function tlsServer(own: { cert: string; key: string }, options: object = {}) {
    const names: (string | false | null)[] = []
    const sessions: boolean[] = []
    const server = createTlsServer({ ...own, ...options }, (socket) => {
      names.push(socket.servername)
      sessions.push(socket.isSessionReused())
      socket.on('error', () => undefined)
      socket.on('data', () => socket.end(`${OK}content-length: 2\r\nconnection: close\r\n\r\nok`))
    })
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return { names, sessions, port: (server.address() as { port: number }).port }
  }
  const ask = async (
    port: number,
    options: { ca?: string[]; tenant?: string; using?: Awaited<ReturnType<typeof engines>> },
  ) => {
    const using = options.using ?? (await engines(options.ca ? { ca: options.ca } : {}))
    const outside = call(using, { tenant: options.tenant ?? 'acme', grants: { http: [`https://a.example:${port}`] } })
    return request(outside, `https://a.example:${port}/`)
  }

  test('the name that was granted is the name that is asked for and checked', async () => {
    const { port, names } = await tlsServer(valid)
    expect(await ask(port, { ca: [valid.cert] })).toMatchObject({ body: 'ok' })
    expect(names).toEqual(['a.example'])
  })

  const expired = certificate({ host: 'a.example', from: -2e8, to: -1e8 })
  const early = certificate({ host: 'a.example', from: 1e8, to: 2e8 })
  const other = certificate({ host: 'b.example' })
  test.each<[name: string, own: { cert: string; key: string }, ca: string[]]>([
    ['signed by nobody', valid, []],
    ['signed by somebody else', valid, [other.cert]],
    ['expired', expired, [expired.cert]],
    ['not valid yet', early, [early.cert]],
    ['of another host', other, [other.cert]],
  ])('a certificate %s', async (_, own, ca) => {
    const { port } = await tlsServer(own)
    expect(await ask(port, { ca })).toEqual({ error: { tag: 'TLS-certificate-error' } })
  })

  test.each<[name: string, answer: Uint8Array, tag: string]>([
    ['plain HTTP', bytes(`${OK}\r\n`), 'TLS-protocol-error'],
    ['an alert', Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), 'TLS-alert-received'],
    ['nothing', NONE, 'connection-terminated'],
  ])('%s where TLS was expected', async (_, answer, tag) => {
    const server = await answering(answer)
    expect(await ask(server.port, {})).toMatchObject({ error: { tag } })
  })

  test('an old protocol', async () => {
    const { port } = await tlsServer(valid, {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    const outcome = await ask(port, { ca: [valid.cert] })
    expect('error' in outcome && outcome.error.tag).toMatch(/^TLS-(protocol-error|alert-received)$/)
  })

  test('sessions are resumed within a tenant, never across', async () => {
    const { port, sessions } = await tlsServer(valid, { maxVersion: 'TLSv1.2' })
    const using = await engines({ ca: [valid.cert] })
    for (const tenant of ['acme', 'acme', 'umbrella']) await ask(port, { using, tenant })
    expect(sessions).toEqual([false, true, false])
  })
})
