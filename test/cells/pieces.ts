/** @module pieces: fixtures as programs that cells take, prepared as the engine does it, in memory. */
import { createHash } from 'node:crypto'
import type { Job } from '../../packages/executor/src/cells.ts'
import type { Effect, EffectKind, EffectReply } from '../../packages/executor/src/effect.ts'
import { isRepeatable } from '../../packages/executor/src/effect.ts'
import type { CallOutside } from '../../packages/executor/src/effects/index.ts'
import { buildProduct } from '../../packages/executor/src/engine/product.ts'
import { type ProgramProduct, productOf } from '../../packages/executor/src/engine.ts'
import { defaultLimits, type Limits } from '../../packages/executor/src/limits.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { type Fixture, pieceComponent } from '../fixture.ts'

/** What the engine makes of the bytes, without its files. */
export const prepared = (component: Uint8Array): ProgramProduct =>
  productOf(createHash('sha256').update(component).digest('hex'), buildProduct(parseComponent(component)))

const built = new Map<string, Promise<ProgramProduct>>()

/** The same fixture is built once. */
export function product(fixture: Fixture = {}): Promise<ProgramProduct> {
  const key = JSON.stringify(fixture)
  const known = built.get(key) ?? pieceComponent(fixture).then(prepared)
  built.set(key, known)
  return known
}

/** An outside that grants everything, remembers what was asked, and answers from a table. */
export class Outside implements CallOutside {
  readonly logs: CallOutside['logs'] = []
  readonly effects: CallOutside['effects'] = { files: [] }
  readonly bytesIn = 0
  readonly bytesOut = 0
  hadEffects = false
  closed = 0
  readonly asked: string[] = []
  readonly #answers: Answers

  constructor(answers: Answers = {}) {
    this.#answers = answers
  }

  async ask<K extends EffectKind>(effect: Effect<K>): Promise<EffectReply<K>> {
    this.asked.push(effect.kind)
    if (!isRepeatable(effect.kind, effect.ask)) this.hadEffects = true
    const answer = this.#answers[effect.kind]
    if (answer === undefined) throw new Error(`no answer for ${effect.kind}`)
    return { answer: await answer(effect.ask), bytes: new Uint8Array(0) } as EffectReply<K>
  }

  post<K extends EffectKind>(effect: Effect<K>): void {
    if (effect.kind === 'log') this.logs.push(effect.ask as CallOutside['logs'][number])
  }

  close(): void {
    this.closed++
  }
}

export type Answers = { [K in EffectKind]?: (ask: unknown) => unknown }

const encoder = new TextEncoder()
let calls = 0

export interface JobOptions {
  tenant?: string
  piece?: string
  name?: string
  input?: string
  limits?: Partial<Limits>
  answers?: Answers
  outside?: () => CallOutside
  wallMs?: number
  signal?: AbortSignal
  fixed?: Job['fixed']
  record?: Job['record']
}

export function job(program: ProgramProduct, options: JobOptions = {}): Job {
  const limits = { ...defaultLimits(), ...options.limits, ...(options.wallMs ? { wallMs: options.wallMs } : {}) }
  return {
    callId: `call-${++calls}`,
    tenant: options.tenant ?? 'default',
    piece: options.piece ?? program.digest.slice(0, 8),
    program,
    encoding: 'json',
    work: {
      kind: 'action',
      name: options.name ?? 'echo',
      config: encoder.encode('{}'),
      input: encoder.encode(options.input ?? '{"hello":"world"}'),
    },
    limits,
    env: {},
    outside: options.outside ?? (() => new Outside(options.answers)),
    deadlineAt: performance.now() + limits.wallMs,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.fixed ? { fixed: options.fixed } : {}),
    ...(options.record ? { record: options.record } : {}),
  }
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
