/** @module host/host-call: makes the one slot of call state. */
import type { EffectKind, EffectKinds, EffectReply } from '../effect.ts'
import type { HostCall } from './call.ts'
import { VirtualClock } from './time.ts'

export type HostCallOptions = Omit<HostCall, 'memory' | 'ask'> & Pick<HostCall, 'ask'>

export function createHostCall(options: HostCallOptions): HostCall {
  const { env, clock, random, signal, limits, post } = options
  const ask = clock instanceof VirtualClock ? holding(clock, options.ask) : options.ask
  return { env, clock, random, signal, limits, ask, post, memory: new Map() }
}

/**
 * Virtual time stands still while an effect is under way. A streamed request counts only from the end of its body on:
 * before, it is the guest that the outside waits for.
 */
function holding(clock: VirtualClock, ask: HostCall['ask']): HostCall['ask'] {
  const streaming = new Set<number>()
  return async <K extends EffectKind>(kind: K, what: EffectKinds[K]['ask'], bytes?: Uint8Array) => {
    let held = true
    clock.hold()
    const release = () => {
      if (held) clock.release()
      held = false
    }
    try {
      if (kind === 'http.request') {
        const { exchange, body } = what as EffectKinds['http.request']['ask']
        if (body === 'stream') {
          streaming.add(exchange)
          release()
        }
        const reply: EffectReply<K> = await ask(kind, what, bytes)
        // Its body ended meanwhile: the hold taken then ends here.
        if (body === 'stream' && !streaming.delete(exchange)) clock.release()
        return reply
      }
      if (kind === 'http.body') {
        const { exchange, end } = what as EffectKinds['http.body']['ask']
        if (end && streaming.delete(exchange)) clock.hold()
      }
      return await ask(kind, what, bytes)
    } finally {
      release()
    }
  }
}
