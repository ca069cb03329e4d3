/** @module host/host-call: makes the one slot of call state. */
import type { EffectKind, EffectKinds, EffectReply } from '../effect.ts'
import type { Clock, HostCall, RandomSource } from './call.ts'
import { VirtualClock } from './time.ts'

export type HostCallOptions = Omit<HostCall, 'memory' | 'ask'> & Pick<HostCall, 'ask'>

/** The start of a language and the call after it have clocks and random numbers of their own. */
export interface HostCallState extends HostCall {
  clock: Clock
  random: RandomSource
}

export function createHostCall(options: HostCallOptions): HostCallState {
  const call: HostCallState = { ...options, memory: new Map() }
  call.ask = holding(call, options.ask)
  return call
}

/**
 * Virtual time stands still while an effect is under way. A streamed request counts only from the end of its body on:
 * before, it is the guest that the outside waits for.
 */
function holding(call: HostCall, ask: HostCall['ask']): HostCall['ask'] {
  const streaming = new Map<number, VirtualClock>()
  const held = async <K extends EffectKind>(
    clock: VirtualClock,
    kind: K,
    what: EffectKinds[K]['ask'],
    bytes?: Uint8Array,
  ): Promise<EffectReply<K>> => {
    let isHeld = true
    clock.hold()
    const release = () => {
      if (isHeld) clock.release()
      isHeld = false
    }
    try {
      if (kind === 'http.request') {
        const { exchange, body } = what as EffectKinds['http.request']['ask']
        if (body === 'stream') {
          streaming.set(exchange, clock)
          release()
        }
        const reply: EffectReply<K> = await ask(kind, what, bytes)
        // Its body ended meanwhile: the hold taken then ends here.
        if (body === 'stream' && !streaming.delete(exchange)) clock.release()
        return reply
      }
      if (kind === 'http.body') {
        const { exchange, end } = what as EffectKinds['http.body']['ask']
        const its = streaming.get(exchange)
        if (end && streaming.delete(exchange)) its!.hold()
      }
      return await ask(kind, what, bytes)
    } finally {
      release()
    }
  }
  return (kind, what, bytes) =>
    call.clock instanceof VirtualClock ? held(call.clock, kind, what, bytes) : ask(kind, what, bytes)
}
