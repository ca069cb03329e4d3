/** @module routes/calls: calling actions, hooks of triggers and what surrounds them. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Call, CallInput, CallResult } from '../call.ts'
import type { Executor } from '../executor.ts'
import { CallEnded } from '../server/problem.ts'
import {
  ActionBody,
  Answer,
  AnyVersion,
  MemberName,
  PieceName,
  Problem,
  ResolveBody,
  TriggerBody,
  TriggerHookName,
} from '../server/schemas.ts'
import { continueTrace } from '../server/traceparent.ts'
import type { Server } from '../server.ts'

const version = { name: PieceName, version: AnyVersion }
const config = { role: 'call' } as const
const headers = Type.Object({
  'idempotency-key': Type.Optional(Type.String({ description: 'One key, one call, one answer, for 24 hours.' })),
  traceparent: Type.Optional(Type.String()),
})
const response = { 200: Answer, '4xx': Problem, '5xx': Problem }

type Body = Pick<Call, 'limits'> & CallInput
type Request = FastifyRequest<{ Headers: { 'idempotency-key'?: string; traceparent?: string } }>

export function callRoutes(server: Server, executor: Executor): void {
  async function run(
    request: Request,
    reply: FastifyReply,
    what: Pick<Call, 'kind' | 'name' | 'hook'>,
    where: { name: string; version: string },
    { limits, ...input }: Body,
  ) {
    const traceparent = continueTrace(request.headers.traceparent)
    if (traceparent) reply.header('traceparent', traceparent)
    const idempotencyKey = request.headers['idempotency-key']
    const result = await executor.call({
      tenant: request.visitor.tenant,
      piece: where.name,
      version: where.version,
      ...what,
      input,
      ...(limits ? { limits } : {}),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(traceparent ? { traceparent } : {}),
      signal: request.gone,
    })
    return answered(result)
  }

  server.post(
    '/v1/pieces/:name/:version/actions/:action',
    {
      config,
      schema: {
        summary: 'Runs an action.',
        params: Type.Object({ ...version, action: MemberName }),
        headers,
        body: ActionBody,
        response,
      },
    },
    (request, reply) =>
      run(request, reply, { kind: 'action', name: request.params.action }, request.params, request.body as Body),
  )

  server.post(
    '/v1/pieces/:name/:version/triggers/:trigger/:hook',
    {
      config,
      schema: {
        summary: 'Runs a hook of a trigger.',
        params: Type.Object({ ...version, trigger: MemberName, hook: TriggerHookName }),
        headers,
        body: TriggerBody,
        response,
      },
    },
    (request, reply) => {
      const { trigger, hook } = request.params
      return run(request, reply, { kind: 'trigger', name: trigger, hook }, request.params, request.body as Body)
    },
  )

  server.post(
    '/v1/pieces/:name/:version/resolve',
    {
      config,
      schema: {
        summary: 'Computes options, dynamic properties, a check of the connection, the parts of an app webhook.',
        params: Type.Object(version),
        headers,
        body: ResolveBody,
        response,
      },
    },
    (request, reply) => {
      const { path, ...body } = request.body
      return run(request, reply, { kind: 'resolve', name: path }, request.params, body as Body)
    },
  )
}

/** An output or a failure is an answer; our own error is a problem. */
export function answered(result: CallResult): Exclude<CallResult, { error: unknown }> {
  if ('error' in result) throw new CallEnded(result)
  return result
}
