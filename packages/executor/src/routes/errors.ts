/** @module routes/errors: the row of an error; the `type` of a problem leads here. */
import Type from 'typebox'
import { ERRORS, type ErrorCode } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { errorHref } from '../server/problem.ts'
import type { Server } from '../server.ts'

const codes = Object.keys(ERRORS) as ErrorCode[]
const Row = Type.Object({
  code: Type.String(),
  title: Type.String(),
  fault: Type.String(),
  status: Type.Integer(),
  retry: Type.Boolean(),
  remedy: Type.String(),
})
const rowOf = (code: ErrorCode) => {
  const { title, fault, status, retry, remedy } = ERRORS[code]
  return { code, title, fault, status, retry, remedy }
}

export function errorRoutes(server: Server, _executor: Executor): void {
  const schema = { summary: 'All errors.', response: { 200: Type.Array(Row) } }
  server.get('/errors', { schema }, async () => codes.map(rowOf))
  for (const code of codes)
    server.get(errorHref(code), { schema: { hide: true, response: { 200: Row } } }, async () => rowOf(code))
}
