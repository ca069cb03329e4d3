/** @module server/malformed: what never became a request is answered with a problem like any other, and cut off. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { PieceError } from '../errors.ts'
import { problemOf } from './problem.ts'

interface Limits {
  headBytes: number
  headMs: number
}

/** For `clientError` of a server (https://nodejs.org/api/http.html#event-clienterror). */
export function createMalformed({ headBytes, headMs }: Limits) {
  const said: Readonly<Record<string, { status: number; detail: string }>> = {
    ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: `the request did not arrive in time; its head has ${headMs} ms` },
    HPE_HEADER_OVERFLOW: { status: 431, detail: `the head of the request has more than ${headBytes} bytes` },
  }
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code !== 'ECONNRESET' && socket.writable) {
      const { status, detail } = said[error.code ?? ''] ?? { status: 400, detail: `this is no HTTP: ${error.message}` }
      const problem = problemOf(new PieceError('AP_BAD_REQUEST', { detail }), () => {})
      const body = JSON.stringify({ ...problem, status })
      const head = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        'Content-Type: application/problem+json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
      ]
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    }
    socket.destroySoon()
  }
}
