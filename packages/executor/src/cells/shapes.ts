/** @module cells/shapes: what a cell may say, checked before a word of it counts: a cell may be hostile. */
import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Effect } from '../effect.ts'
import { checkAsk } from '../effects/ask.ts'
import { LIMITS } from '../limits.ts'
import {
  type CellErrorCode,
  type DoneMessage,
  ERROR_REASONS,
  ERROR_TEXT_LENGTH,
  FAILURE_CODE_LENGTH,
  FAILURE_MESSAGE_LENGTH,
  type Frame,
  Malformed,
  type Messages,
} from '../wire.ts'

const closed = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
const count = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const amount = () => Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const text = () => Type.String()
const errorText = () => Type.String({ maxLength: ERROR_TEXT_LENGTH })

/** Throws Malformed unless the effect is one that an honest cell may ask for. */
export function readEffect(frame: Frame): Effect {
  const { kind, ask } = (frame.json ?? {}) as Partial<Messages['Effect']>
  if (typeof kind !== 'string') throw new Malformed('an effect without a kind')
  checkAsk(kind, ask)
  return { kind, ask: ask as Effect['ask'], bytes: frame.bytes }
}

/** The fields of each error that a cell may answer with. */
const ERROR_FIELDS = {
  AP_CPU_EXCEEDED: closed({ cpuMs: amount(), limit: amount() }),
  AP_FUEL_EXCEEDED: closed({ fuel: amount(), limit: amount() }),
  AP_START_EXCEEDED: closed({ fuel: amount(), startFuel: amount() }),
  AP_REALLOC_EXCEEDED: closed({ cpuMs: amount(), reallocCpuMs: amount() }),
  AP_MEMORY_EXCEEDED: closed({ bytes: amount(), memoryBytes: amount(), cellBytes: Type.Optional(amount()) }),
  AP_OUTPUT_TOO_LARGE: closed({ bytes: amount(), outputBytes: amount() }),
  AP_OUTPUT_INVALID: closed({ detail: errorText() }),
  AP_TRAPPED: closed({ detail: errorText() }),
  AP_EXITED: closed({ status: Type.Integer() }),
  AP_HANDLES_EXCEEDED: closed({ handles: amount(), limit: amount() }),
  AP_INVALID_COMPONENT: closed({ reasons: Type.Array(errorText(), { maxItems: ERROR_REASONS }) }),
  AP_CANCELLED: closed({ ranMs: amount() }),
  AP_NO_CELL: closed({ detail: errorText() }),
  AP_INTERNAL: closed({}),
} as const satisfies Record<CellErrorCode, TSchema>

const errorChecks = new Map<string, { Check(value: unknown): boolean }>(
  Object.entries(ERROR_FIELDS).map(([code, schema]) => [code, Compile(schema as TSchema)]),
)

const HOST_CALL_NAMES = 300
const HOST_CALL_NAME_LENGTH = 256
/** Whole, and summed up for a day: no lie of a cell may spoil the sum. A check comes late by a bulk operation at most. */
const MOST_FUEL = 2 * LIMITS.fuel.ceiling

const usage = closed({
  fuel: Type.Integer({ minimum: 0, maximum: MOST_FUEL }),
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

export function readDone(frame: Frame, outputBytes: number): DoneMessage {
  if (frame.bytes.length > outputBytes)
    throw new Malformed(`an end of a call with ${frame.bytes.length} bytes; its outputBytes is ${outputBytes}`)
  if (!doneCheck.Check(frame.json)) throw new Malformed('an end of a call with the wrong shape')
  const done = frame.json as DoneMessage
  const names = Object.keys(done.usage.hostCalls)
  if (names.length > HOST_CALL_NAMES || names.some((name) => name.length > HOST_CALL_NAME_LENGTH))
    throw new Malformed('too many names of host calls, or too long ones')
  if (
    done.kind === 'failure' &&
    (done.failure.code.length > FAILURE_CODE_LENGTH || done.failure.message.length > FAILURE_MESSAGE_LENGTH)
  )
    throw new Malformed('a failure that was not cut to size')
  if (done.kind === 'error' && errorChecks.get(done.code)?.Check(done.fields) !== true)
    throw new Malformed(`an error that no cell may say: ${shown(done.code)}`)
  return done
}

const pongCheck = Compile(closed({ memoryBytes: amount(), calls: amount() }))

export function readPong(frame: Frame): Messages['Pong'] {
  if (!pongCheck.Check(frame.json)) throw new Malformed('a pong with the wrong shape')
  return frame.json as Messages['Pong']
}

const UNEQUAL_DETAIL_LENGTH = 1_000
const unequalCheck = Compile(closed({ key: text(), detail: text() }))

export function readUnequal(frame: Frame): Messages['Unequal'] {
  if (!unequalCheck.Check(frame.json)) throw new Malformed('a difference with the wrong shape')
  const { key, detail } = frame.json as Messages['Unequal']
  return { key, detail: detail.slice(0, UNEQUAL_DETAIL_LENGTH) }
}

const picturedCheck = Compile(closed({ key: text() }))

export function readPictured(frame: Frame): Messages['Pictured'] {
  if (!picturedCheck.Check(frame.json)) throw new Malformed('a picture with the wrong shape')
  return frame.json as Messages['Pictured']
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 100) ?? 'nothing'
