/** @module bench/generator: a lean HTTP client on raw sockets, so that the load itself costs the machine little. */
import { connect, type Socket } from 'node:net'

export interface Load {
  calls: number
  ms: number
  /** Milliseconds of each call. */
  times: number[]
}

/** One request after the other on each of so many connections; any answer but 200 ends it. */
export async function postLoad(url: URL, body: string, connections: number, ms: number): Promise<Load> {
  const request = Buffer.from(
    `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  const times: number[] = []
  const began = performance.now()
  const end = began + ms
  const lines = Array.from({ length: connections }, () => connection(url, request, end, times))
  await Promise.all(lines)
  return { calls: times.length, ms: performance.now() - began, times }
}

function connection(url: URL, request: Buffer, end: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    let answer: Buffer | undefined
    let sentAt = 0
    const send = (): void => {
      sentAt = performance.now()
      socket.write(request)
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.on('data', (chunk: Buffer) => {
      answer = answer === undefined ? chunk : Buffer.concat([answer, chunk])
      if (answer.length < answerBytes(answer)) return
      if (answer.toString('latin1', 9, 12) !== '200') {
        reject(new Error(`the server answered ${answer.toString('utf8', 0, 1_000)}`))
        socket.destroy()
        return
      }
      answer = undefined
      const now = performance.now()
      times.push(now - sentAt)
      if (now < end) send()
      else socket.end()
    })
  })
}

/** Of the head and what it announces; Infinity while the head is not whole. */
function answerBytes(answer: Buffer): number {
  const headEnd = answer.indexOf('\r\n\r\n')
  if (headEnd < 0) return Infinity
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.toString('latin1', 0, headEnd))?.[1]
  if (length === undefined) throw new Error('an answer without content-length')
  return headEnd + 4 + Number(length)
}
