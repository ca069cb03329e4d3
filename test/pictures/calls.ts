/** @module calls: what the conformance piece of any language is called with here, and the outside that it meets. */
import type { Ask } from './cell.ts'

const RUN = { id: 'r', attempt: 1, testing: false, executionType: 'BEGIN' }
export const ORIGIN = 'https://example.com'
const CONFIG = JSON.stringify({ piece: { name: 'conformance-all', version: '0.1.0' } })

/** An outside that answers each question in the same way. */
export function outside(body: string): NonNullable<Ask['answers']> {
  const found = { answer: { found: true }, bytes: Buffer.from(JSON.stringify(body)) }
  return {
    'http.request': () => ({
      answer: { status: 200, headers: [['content-type', 'text/plain']], end: false },
    }),
    'http.read': () => ({ answer: { end: true }, bytes: Buffer.from(body) }),
    'http.body': () => ({ answer: {} }),
    'store.get': () => found,
    'store.put': () => ({ answer: {} }),
    'store.delete': () => ({ answer: {} }),
    'store.keys': () => ({ answer: { keys: ['a', 'b'] } }),
    'files.write': () => ({ answer: { reference: 'db://1' } }),
    'run.stop': () => ({ answer: {} }),
  }
}

export const action = (name: string, props: object, more: object = {}): Ask => ({
  name,
  config: CONFIG,
  input: JSON.stringify({ props, run: RUN, ...more }),
  answers: outside('a body'),
  env: { GREETING: 'hello' },
})
export const SECRET = { type: 'SECRET_TEXT', secret_text: 'good' }

export const CALLS: Record<string, Ask> = {
  'an echo': action('echo', { value: { a: [1, 'ä', null] } }),
  'a large echo': action('echo', { value: 'x'.repeat(20_000) }),
  'a connection': action('connection', {}, { auth: SECRET }),
  'a request': action('http', { url: `${ORIGIN}/a`, method: 'GET', redirect: 'follow', check: true }),
  'many requests': action('http_all', { urls: [`${ORIGIN}/1`, `${ORIGIN}/2`, `${ORIGIN}/3`] }),
  'a stored value': action('state', { op: 'get', key: 'k', scope: 'flow', times: 2 }),
  'log lines': action('log', {}),
  'a variable': action('environment', { name: 'GREETING' }),
  'random numbers': action('random', {}),
  'a pause': action('clock', { waitMs: 20 }),
  'a failure': action('fail', { how: 'refuse' }),
  'an error': action('fail', { how: 'error' }),
  'a bug': action('fail', { how: 'bug' }),
  'an unknown action': action('there_is_none', {}),
  'a description': { work: 'describe', config: CONFIG },
}
