/**
 * @module effects/outside: what the supervisor does for a call: checked against its grants, counted, bounded. `ANSWERS` is the
 * whole of what a piece can reach; a capability is one file and one line here. Runs in a browser, on engines of its own.
 */
import type { Effects, LogLine } from '../call.ts'
import { type Effect, type EffectKind, type EffectReply, isRepeatable, type Outside } from '../effect.ts'
import { Malformed } from '../wire.ts'
import { files } from './files.ts'
import { HttpCall, http } from './http/index.ts'
import { CallLog, log } from './log.ts'
import { run } from './run.ts'
import type { Answers, CallState, OutsideContext, OutsideEngines } from './state.ts'
import { store } from './store/index.ts'

const ANSWERS: Answers<EffectKind> = { ...http, ...store, ...files, ...run, ...log }

/** Kinds that wait for no answer; they are done at once. */
const POSTED: ReadonlySet<EffectKind> = new Set<EffectKind>(['log', 'http.close'])

export interface CallOutside extends Outside {
  readonly logs: LogLine[]
  readonly effects: Effects
  /** Bodies of responses and of requests. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Something was asked that must not be asked twice: the call does not run again. */
  readonly hadEffects: boolean
}

/**
 * The outside of one call. The shape of each ask was checked where its frame was read (`checkAsk`). What a guest does wrong
 * is answered; what only a broken cell can ask for rejects with `Malformed`.
 */
export function createOutside(context: OutsideContext, engines: OutsideEngines): CallOutside {
  return new EffectsOfCall(context, engines)
}

class EffectsOfCall implements CallOutside, CallState {
  readonly context: OutsideContext
  readonly engines: OutsideEngines
  readonly log: CallLog
  readonly effects: Effects = { files: [] }
  readonly http: HttpCall
  storeOps = 0
  filesWritten = 0
  hadEffects = false
  #closed = false

  constructor(context: OutsideContext, engines: OutsideEngines) {
    this.context = context
    this.engines = engines
    this.log = new CallLog(context.limits, context.startedAt)
    this.http = new HttpCall(this)
  }

  get logs(): LogLine[] {
    return this.log.lines
  }

  get bytesIn(): number {
    return this.http.bytesIn
  }

  get bytesOut(): number {
    return this.http.bytesOut
  }

  async ask<K extends EffectKind>(effect: Effect<K>): Promise<EffectReply<K>> {
    if (this.#closed) throw new Error('the call has ended')
    if (!isRepeatable(effect.kind, effect.ask)) this.hadEffects = true
    return ANSWERS[effect.kind](this, effect.ask, effect.bytes)
  }

  /** Throws `Malformed` as `ask` rejects with it. */
  post<K extends EffectKind>(effect: Effect<K>): void {
    if (this.#closed) return
    if (!POSTED.has(effect.kind)) throw new Malformed(`the cell posted a ${effect.kind}, which is asked`)
    ANSWERS[effect.kind](this, effect.ask, effect.bytes)
  }

  close(): void {
    this.#closed = true
    this.http.close()
  }
}
