/** @module routes/ledger: past calls, their replay, and the bill. */
import Type from 'typebox'
import { PieceError } from '../errors.ts'
import type { Executor } from '../executor.ts'
import type { UsageGroup } from '../ledger.ts'
import { Answer, CallDetail, CallId, CallView, PieceName, Problem, UsageSum } from '../server/schemas.ts'
import type { Server } from '../server.ts'
import { answered } from './calls.ts'

const DAY_MS = 86_400_000
const PAGE = 50
const MAX_PAGE = 500
const read = { role: 'read' } as const
const One = Type.Object({ id: CallId })
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'A day in UTC.' })
const closed = { additionalProperties: false } as const

const instant = (text: string): number => {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new PieceError('AP_BAD_REQUEST', { detail: `since "${text}" is no ISO 8601 instant` })
  return ms
}
const today = (beforeDays = 0): string => new Date(Date.now() - beforeDays * DAY_MS).toISOString().slice(0, 10)

function groups(by: string): UsageGroup[] {
  const asked = by === '' ? [] : by.split(',')
  const unknown = asked.find((group) => group !== 'piece' && group !== 'day')
  if (unknown !== undefined)
    throw new PieceError('AP_BAD_REQUEST', { detail: `by "${unknown}"; known are piece and day` })
  return asked as UsageGroup[]
}

export function ledgerRoutes(server: Server, executor: Executor): void {
  server.get(
    '/v1/calls',
    {
      config: read,
      schema: {
        summary: 'Calls, newest first.',
        querystring: Type.Object(
          {
            piece: Type.Optional(PieceName),
            since: Type.Optional(Type.String({ maxLength: 64, description: 'ISO 8601.' })),
            ok: Type.Optional(Type.Boolean()),
            cursor: Type.Optional(CallId),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: PAGE })),
          },
          closed,
        ),
        response: { 200: Type.Object({ calls: Type.Array(CallView), cursor: Type.Optional(CallId) }) },
      },
    },
    async ({ visitor, query }) =>
      executor.ledger.list(visitor.tenant, {
        ...query,
        since: query.since === undefined ? undefined : instant(query.since),
        limit: query.limit ?? PAGE,
      }),
  )

  server.get(
    '/v1/calls/:id',
    {
      config: read,
      schema: { summary: 'A call with its log.', params: One, response: { 200: CallDetail, 404: Problem } },
    },
    async ({ visitor, params }) => {
      const call = executor.ledger.get(visitor.tenant, params.id)
      const record = call.recorded ? executor.record(visitor.tenant, params.id) : undefined
      return { ...call, ...(record ? { record } : {}) }
    },
  )

  server.post(
    '/v1/calls/:id/replay',
    {
      config: { role: 'call' },
      schema: {
        summary: 'Runs a recorded call again; nothing leaves the machine.',
        params: One,
        response: { 200: Answer, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request) => answered(await executor.replay(request.visitor.tenant, request.params.id, request.gone)),
  )

  server.get(
    '/v1/usage',
    {
      config: read,
      schema: {
        summary: 'Sums of the ledger, by piece, by day (UTC), or both.',
        querystring: Type.Object(
          {
            from: Type.Optional(Day),
            to: Type.Optional(Day),
            by: Type.Optional(
              Type.String({ maxLength: 32, description: '`piece`, `day`, `piece,day`; empty: one sum.' }),
            ),
          },
          closed,
        ),
        response: { 200: Type.Object({ from: Day, to: Day, usage: Type.Array(UsageSum) }) },
      },
    },
    async ({ visitor, query }) => {
      const { from = today(30), to = today(), by = 'piece' } = query
      return { from, to, usage: executor.ledger.usage(visitor.tenant, from, to, groups(by)) }
    },
  )
}
