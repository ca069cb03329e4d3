/** @module cells/shapes: what a cell may say, checked before a word of it counts: a cell may be hostile. */
import { type Static, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Effect, EffectKind, EffectKinds } from '../effect.ts'
import { type ErrorCode, PieceError } from '../errors.ts'
import { type DoneMessage, type Frame, Malformed, type Messages } from '../wire.ts'

const closed = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
const count = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const amount = () => Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const exchange = () => Type.Integer({ minimum: 0, maximum: 0xffffffff })
const scope = () => Type.Union([Type.Literal('flow'), Type.Literal('project')])
const text = () => Type.String()

/** The question of each kind, and whether it is posted: then nothing is answered. */
const EFFECTS = {
  'http.request': {
    posted: false,
    ask: closed({
      exchange: exchange(),
      method: text(),
      scheme: text(),
      authority: text(),
      pathWithQuery: text(),
      headers: Type.Array(Type.Tuple([text(), text()])),
      body: Type.Union([Type.Literal('none'), Type.Literal('whole'), Type.Literal('stream')]),
      connectTimeoutMs: Type.Optional(amount()),
      firstByteTimeoutMs: Type.Optional(amount()),
      betweenBytesTimeoutMs: Type.Optional(amount()),
    }),
  },
  'http.body': { posted: false, ask: closed({ exchange: exchange(), end: Type.Boolean() }) },
  'http.read': { posted: false, ask: closed({ exchange: exchange(), max: count() }) },
  'http.close': { posted: true, ask: closed({ exchange: exchange() }) },
  'store.get': { posted: false, ask: closed({ scope: scope(), key: text() }) },
  'store.put': { posted: false, ask: closed({ scope: scope(), key: text() }) },
  'store.delete': { posted: false, ask: closed({ scope: scope(), key: text() }) },
  'store.keys': { posted: false, ask: closed({ scope: scope(), prefix: text(), after: Type.Optional(text()) }) },
  'files.write': { posted: false, ask: closed({ name: text(), mediaType: text() }) },
  'files.read': { posted: false, ask: closed({ reference: text(), offset: count(), maxBytes: count() }) },
  'run.respond': { posted: false, ask: closed({}) },
  'run.stop': { posted: false, ask: closed({ hasResponse: Type.Boolean() }) },
  'run.wait-until': { posted: false, ask: closed({ unixMs: amount() }) },
  'run.wait-for-webhook': { posted: false, ask: closed({ hasResponse: Type.Boolean() }) },
  log: { posted: true, ask: closed({ level: text(), context: text(), message: text(), atMs: amount() }) },
} as const satisfies { [K in EffectKind]: { posted: boolean; ask: TSchema } }

/** Holds at compile time: each shape above is the one of effect.ts. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
true satisfies { [K in EffectKind]: Same<Static<(typeof EFFECTS)[K]['ask']>, EffectKinds[K]['ask']> }[EffectKind]

const effectChecks = new Map(
  Object.entries(EFFECTS).map(([kind, row]) => [kind, { posted: row.posted, ask: Compile(row.ask as TSchema) }]),
)

export function readEffect(frame: Frame): Effect {
  const { kind, ask } = (frame.json ?? {}) as Partial<Messages['Effect']>
  const checks = typeof kind === 'string' ? effectChecks.get(kind) : undefined
  if (checks === undefined) throw new Malformed(`an effect of the unknown kind ${shown(kind)}`)
  if (checks.posted !== (frame.seq === 0)) throw new Malformed(`${kind} with the sequence number ${frame.seq}`)
  if (!checks.ask.Check(ask)) throw new Malformed(`${kind} with a question of the wrong shape`)
  return { kind: kind as EffectKind, ask: ask as Effect['ask'], bytes: frame.bytes }
}

/** The errors that a cell may answer with, and the fields of each. The rest are the supervisor's to say. */
const ERROR_FIELDS = {
  AP_CPU_EXCEEDED: closed({ cpuMs: amount(), limit: amount() }),
  AP_FUEL_EXCEEDED: closed({ fuel: amount(), limit: amount() }),
  AP_START_EXCEEDED: closed({ fuel: amount(), startFuel: amount() }),
  AP_REALLOC_EXCEEDED: closed({ cpuMs: amount(), reallocCpuMs: amount() }),
  AP_MEMORY_EXCEEDED: closed({ bytes: amount(), memoryBytes: amount(), cellBytes: Type.Optional(amount()) }),
  AP_OUTPUT_TOO_LARGE: closed({ bytes: amount(), outputBytes: amount() }),
  AP_OUTPUT_INVALID: closed({ detail: text() }),
  AP_TRAPPED: closed({ detail: text() }),
  AP_EXITED: closed({ status: Type.Integer() }),
  AP_HANDLES_EXCEEDED: closed({ handles: amount(), limit: amount() }),
  AP_INVALID_COMPONENT: closed({ reasons: Type.Array(text(), { maxItems: 100 }) }),
  AP_REPLAY_DIVERGED: closed({ seq: amount(), expected: text(), got: text() }),
  AP_CANCELLED: closed({ ranMs: amount() }),
  AP_INTERNAL: closed({}),
} as const satisfies Partial<Record<ErrorCode, TSchema>>

const errorChecks = new Map<string, { Check(value: unknown): boolean }>(
  Object.entries(ERROR_FIELDS).map(([code, schema]) => [code, Compile(schema as TSchema)]),
)

const HOST_CALL_NAMES = 300
const CODE_LENGTH = 256
export const MESSAGE_LENGTH = 64 * 1024

const usage = closed({
  fuel: amount(),
  cpuMs: amount(),
  memoryPeakBytes: amount(),
  hostCalls: Type.Record(Type.String(), count()),
  coldStart: Type.Boolean(),
})
const clock = Type.Optional(closed({ start: amount(), reads: Type.Array(amount(), { maxItems: 100_000 }) }))
const doneCheck = Compile(
  Type.Union([
    closed({ kind: Type.Literal('output'), usage, clock }),
    closed({
      kind: Type.Literal('failure'),
      usage,
      clock,
      failure: closed({
        code: text(),
        message: text(),
        retryAfterMs: Type.Optional(count()),
        hasDetail: Type.Boolean(),
      }),
    }),
    closed({ kind: Type.Literal('error'), usage, clock, code: text(), fields: Type.Object({}) }),
  ]),
)

export function readDone(frame: Frame): DoneMessage {
  if (!doneCheck.Check(frame.json)) throw new Malformed('an end of a call with the wrong shape')
  const done = frame.json as DoneMessage
  if (Object.keys(done.usage.hostCalls).length > HOST_CALL_NAMES) throw new Malformed('too many names of host calls')
  if (
    done.kind === 'failure' &&
    (done.failure.code.length > CODE_LENGTH || done.failure.message.length > MESSAGE_LENGTH)
  )
    throw new Malformed('a failure that was not cut to size')
  if (done.kind === 'error' && errorChecks.get(done.code)?.Check(done.fields) !== true)
    throw new Malformed(`an error that no cell may say: ${shown(done.code)}`)
  return done
}

export const errorOf = (done: DoneMessage & { kind: 'error' }): PieceError =>
  new PieceError(done.code, done.fields as never)

const pongCheck = Compile(closed({ memoryBytes: amount(), calls: amount() }))

export function readPong(frame: Frame): Messages['Pong'] {
  if (!pongCheck.Check(frame.json)) throw new Malformed('a pong with the wrong shape')
  return frame.json as Messages['Pong']
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 100) ?? 'nothing'
