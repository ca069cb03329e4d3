/** @module playground/requests: what a piece asks of the network, answered by mocks that the visitor can read and change. */
import {
  type CallOutside,
  collect,
  createMocks,
  type Effect,
  type EffectKind,
  type HttpClient,
  type LogLine,
  MOCK,
  type Mock,
  type Mocks,
  Slots,
  sentences,
  Violations,
} from '@ap-wasm/executor/outside'
import Type from 'typebox'

const MOCKS = Type.Array(MOCK)
const WINDOWS = 4

/** What no mock is: nothing is decoded, and who sends is a browser's playground. */
const LENT: Pick<HttpClient, 'userAgent' | 'codings' | 'windows'> = {
  userAgent: 'ap-wasm',
  codings: { accept: 'identity', undo: {} },
  windows: () => new Slots(WINDOWS),
}

/** Throws in words what is wrong with the text. */
export function parseMocks(text: string): Mock[] {
  if (text.trim() === '') return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(`the answers are no JSON: ${(error as Error).message}`)
  }
  const violations = new Violations()
  collect(violations, MOCKS, value, ['answers'])
  const faults = sentences(violations.all())
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return value as Mock[]
}

export interface Requests {
  mocks: Mocks
  client: HttpClient
}

export function mockedRequests(mocks: readonly Mock[]): Requests {
  const made = createMocks(mocks)
  return { mocks: made, client: made.client({ ...LENT } as HttpClient) }
}

/** One request that was made, and what became of it. */
export interface Exchange {
  method: string
  url: string
  /** A status, or how it failed. */
  outcome: number | string
}

/** The same outside, whose requests and lines are told as they come. */
export function noting(
  outside: CallOutside,
  tell: { onExchange: (exchange: Exchange) => void; onLine: (line: LogLine) => void },
): CallOutside {
  return {
    get logs() {
      return outside.logs
    },
    get effects() {
      return outside.effects
    },
    get bytesIn() {
      return outside.bytesIn
    },
    get bytesOut() {
      return outside.bytesOut
    },
    get hadEffects() {
      return outside.hadEffects
    },
    async ask<K extends EffectKind>(effect: Effect<K>) {
      const reply = await outside.ask(effect)
      if (effect.kind === 'http.request') {
        const { method, scheme, authority, pathWithQuery } = (effect as Effect<'http.request'>).ask
        const answer = reply.answer as { status: number } | { error: { tag: string } }
        const outcome = 'status' in answer ? answer.status : answer.error.tag
        tell.onExchange({ method, url: `${scheme}://${authority}${pathWithQuery}`, outcome })
      }
      return reply
    },
    post(effect) {
      outside.post(effect)
      if (effect.kind === 'log') tell.onLine(effect.ask as LogLine)
    },
    close: () => outside.close(),
  }
}

/** A mock that answers such a request, for the visitor to fill in. */
export const mockFor = ({ method, url }: { method: string; url: string }): Mock => ({
  request: { ...(method === 'GET' ? {} : { method }), url },
  response: { status: 200, body: {} },
})
