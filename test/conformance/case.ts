/** @module case: what the files in `cases/` say, and what a text in them stands for. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallInput, LogLine, TriggerHook } from '@ap-wasm/executor'

/** Which artifact is called: the piece that asks for everything, the two that ask for a part each, the one in MessagePack. */
export type Variant = 'all' | 'some' | 'rest' | 'msgpack'

export interface Step extends CallInput {
  of?: Variant
  action?: string
  trigger?: string
  hook?: TriggerHook
  resolve?: string
  limits?: Record<string, number>
  /** Variables that are granted. */
  env?: Record<string, string>
  /** The clock of the machine and real random; otherwise both are fixed, at `now` and by `seed`. */
  live?: boolean
  now?: number
  seed?: number
  expect?: Expectation
}

export interface Expectation {
  output?: unknown
  failure?: { code: string; message?: unknown; retryAfterMs?: number; detail?: unknown }
  error?: { code: string; detail?: unknown }
  /** The text of a bug: told with its place, as a failure or as an error. */
  bug?: string
  effects?: unknown
  /** What the store holds afterwards. */
  store?: Record<string, Record<string, unknown>>
  logs?: Partial<LogLine>[]
  /** What the servers were asked; members that are named must be so, headers under `lacks` must not be there. */
  seen?: {
    at: string
    method?: string
    path?: unknown
    headers?: Record<string, unknown>
    lacks?: string[]
    body?: unknown
  }[]
}

export interface Case extends Step {
  name: string
  /** By language: why it cannot pass. */
  skip?: Record<string, string>
  /** What the store holds before, by scope. */
  store?: Record<string, Record<string, unknown>>
  /** Several calls that share the store; each inherits what the case says. */
  steps?: Step[]
  /** `same`: the output and the fuel are those of a first run. `different`: each member of the output is another. */
  twice?: 'same' | 'different'
  /** Not a call: something about the artifact itself. */
  artifact?: 'description' | 'imports' | 'least' | 'environment' | 'paths'
}

export interface Topic {
  /** For docs/languages.md. */
  title: string
  cases: Case[]
}

interface TopicFile {
  title: string
  /** By language: why none of them can pass. */
  skip?: Record<string, string>
  /** The same for what is called in one of the variants. */
  skipOf?: Partial<Record<Variant, Record<string, string>>>
  /** Of this folder; the cases are made of it. */
  vectors?: 'payloads.json' | 'polling.json'
  cases?: Case[]
}

const here = import.meta.dirname
// Read, not imported: a bundler's JSON import loses the key `__proto__`.
const read = <T>(file: string): T => JSON.parse(readFileSync(join(here, file), 'utf8')) as T

export function topics(): Topic[] {
  return readdirSync(join(here, 'cases'))
    .sort()
    .map((file) => {
      const { title, skip, skipOf, vectors, cases = [] } = read<TopicFile>(`cases/${file}`)
      const all = vectors === undefined ? cases : [...cases, ...FROM[vectors]()]
      return {
        name: file.replace('.json', ''),
        title,
        cases: all.map((one) => ({ ...one, skip: { ...skip, ...skipOf?.[one.of ?? 'all'], ...one.skip } })),
      }
    })
}

const FROM = { 'payloads.json': payloadCases, 'polling.json': pollingCases }

/** In a call a value stands in a list, in `value`, in `props`; the whole may have 512 levels. */
const DEEPEST_VALUE = 509
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

interface Vector {
  name: string
  value?: unknown
  json?: string
  fromJson?: unknown
}

/** Each value there and back in both encodings; in a list, because a text at the top would be taken for JSON. */
function payloadCases(): Case[] {
  return read<{ values: Vector[] }>('payloads.json').values.flatMap((vector) => {
    const value = 'value' in vector ? vector.value : JSON.parse(vector.json!)
    if (depthOf(value) > DEEPEST_VALUE) return []
    const inJson = 'fromJson' in vector ? vector.fromJson : value
    const echo = { action: 'echo', props: { value: [value] } }
    return [
      { name: `JSON: ${vector.name}`, ...echo, expect: { output: [inJson] } },
      { name: `MessagePack: ${vector.name}`, of: 'msgpack' as const, ...echo, expect: { output: [value] } },
    ]
  })
}

interface Life {
  name: string
  strategy: 'timebased' | 'last_item'
  maxItems?: number
  store?: Record<string, unknown>
  steps: {
    hook: TriggerHook
    now: number
    items?: unknown[]
    asked?: unknown
    output?: unknown[]
    store: Record<string, unknown>
  }[]
}
const SCHEDULES = {
  timebased: { schedule: { cronExpression: '*/5 * * * *', timezone: 'UTC' } },
  last_item: { schedule: { intervalMs: 60_000 } },
}

function pollingCases(): Case[] {
  return read<{ cases: Life[] }>('polling.json').cases.map(({ name, strategy, maxItems, store, steps }) => ({
    name,
    trigger: strategy === 'timebased' ? 'poll_time' : 'poll_last',
    ...(store && { store: { flow: store } }),
    steps: steps.map((step) => ({
      hook: step.hook,
      now: step.now,
      props: { items: step.items, ...(maxItems !== undefined && { max: maxItems }) },
      expect: {
        output: step.output ?? (step.hook === 'on-enable' ? SCHEDULES[strategy] : null),
        store: Object.keys(step.store).length === 0 ? {} : { flow: step.store },
        logs: 'asked' in step ? [{ level: 'info' as const, message: `asked ${JSON.stringify(step.asked)}` }] : [],
      },
    })),
  }))
}

/**
 * What stands in a case as the value that is meant: `{"$repeat": [text, n]}`, `{"$nest": depth}`, `{"$bytes": base64}`,
 * `{"$int": decimal}`, and `{a}`, `{b}` … in texts for the addresses of the servers.
 */
export function meant(value: unknown, places: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return value.replace(/\{([a-z]+)\}/g, (whole, name: string) => places[name] ?? whole)
  if (Array.isArray(value)) return value.map((item) => meant(item, places))
  if (typeof value !== 'object' || value === null) return value
  const one = value as Record<string, never>
  if ('$repeat' in one) return String(one.$repeat[0]).repeat(one.$repeat[1])
  if ('$nest' in one) return nested(one.$nest)
  if ('$bytes' in one) return Uint8Array.fromBase64(one.$bytes)
  if ('$int' in one) return BigInt(one.$int)
  const record = {}
  // Not an assignment: `__proto__` is a key like any other.
  for (const [name, item] of Object.entries(value))
    Object.defineProperty(record, name, {
      value: meant(item, places),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  return record
}

function nested(depth: number): unknown[] {
  let value: unknown[] = []
  for (let n = 1; n < depth; n++) value = [value]
  return value
}
