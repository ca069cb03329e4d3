/** @module console: `console` over wasi:logging, a line a call, at the level of the method. */
import logging from 'wasi:logging/logging'
import { isRunning, nowMs } from './loop.ts'
import { readableStack } from './trace.ts'

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error'

const MAX_DEPTH = 4
const MAX_ENTRIES = 100

/** A value as a person reads it. Bounded: a log line is cut by the host anyway. */
export function inspect(value: unknown, depth = 0, seen: readonly object[] = []): string {
  if (typeof value === 'string') return depth === 0 ? value : JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `[function ${value.name || 'anonymous'}]`
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Error)
    return (
      readableStack(value) +
      (value.cause === undefined ? '' : ` [cause: ${inspect(value.cause, depth + 1, [...seen, value])}]`)
    )
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof RegExp || value instanceof URL || value instanceof URLSearchParams) return String(value)
  if (seen.includes(value)) return '[circular]'
  const inner = [...seen, value]
  const list = (entries: string[], open: string, close: string) =>
    entries.length > MAX_ENTRIES
      ? `${open}${entries.slice(0, MAX_ENTRIES).join(', ')}, … ${entries.length - MAX_ENTRIES} more${close}`
      : `${open}${entries.join(', ')}${close}`
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[…]' : '{…}'
  if (Array.isArray(value))
    return list(
      value.slice(0, MAX_ENTRIES + 1).map((item) => inspect(item, depth + 1, inner)),
      '[',
      ']',
    )
  if (value instanceof Set)
    return list(
      [...value].map((item) => inspect(item, depth + 1, inner)),
      'Set{',
      '}',
    )
  if (value instanceof Map)
    return list(
      [...value].map(([key, item]) => `${inspect(key, depth + 1, inner)} => ${inspect(item, depth + 1, inner)}`),
      'Map{',
      '}',
    )
  const name = value.constructor?.name
  return `${name && name !== 'Object' ? `${name} ` : ''}${list(
    Object.entries(value).map(([key, item]) => `${key}: ${inspect(item, depth + 1, inner)}`),
    '{',
    '}',
  )}`
}

const FORMATS: Record<string, (value: unknown) => string> = {
  s: (value) => (typeof value === 'string' ? value : inspect(value, 1)),
  d: (value) => String(typeof value === 'bigint' ? value : Number(value)),
  i: (value) => String(Math.trunc(Number(value))),
  f: (value) => String(Number(value)),
  j: (value) => JSON.stringify(value) ?? 'undefined',
  o: (value) => inspect(value, 1),
  O: (value) => inspect(value, 1),
  c: () => '',
}

export function format(values: readonly unknown[]): string {
  const [first, ...rest] = values
  if (typeof first !== 'string' || rest.length === 0) return values.map((value) => inspect(value)).join(' ')
  const text = first.replace(/%([sdifjoOc%])/g, (place, kind: string) => {
    if (kind === '%') return '%'
    return rest.length === 0 ? place : FORMATS[kind]!(rest.shift())
  })
  return [text, ...rest.map((value) => inspect(value))].join(' ')
}

/** A line in the call's log. While the piece is built there is nobody to read it. */
export function log(level: Level, message: string): void {
  if (isRunning()) logging.log(level, '', indentation + message)
}

let indentation = ''
const counts = new Map<string, number>()
const began = new Map<string, number>()

const at =
  (level: Level) =>
  (...values: unknown[]): void => {
    if (isRunning()) log(level, format(values))
  }

const elapsed = (label: string): string => {
  const from = began.get(label)
  return from === undefined ? `${label}: no such timer` : `${label}: ${Math.round(nowMs() - from)} ms`
}

export const console = {
  log: at('info'),
  info: at('info'),
  debug: at('debug'),
  trace: at('trace'),
  warn: at('warn'),
  error: at('error'),
  dir: (value: unknown) => at('info')(value),
  table: (value: unknown) => at('info')(value),
  assert: (condition?: unknown, ...values: unknown[]) => {
    if (!condition) at('error')('Assertion failed:', ...values)
  },
  group: (...values: unknown[]) => {
    if (values.length > 0) at('info')(...values)
    indentation += '  '
  },
  groupCollapsed: (...values: unknown[]) => console.group(...values),
  groupEnd: () => {
    indentation = indentation.slice(2)
  },
  count: (label = 'default') => {
    counts.set(label, (counts.get(label) ?? 0) + 1)
    at('info')(`${label}: ${counts.get(label)}`)
  },
  countReset: (label = 'default') => counts.delete(label),
  time: (label = 'default') => began.set(label, nowMs()),
  timeLog: (label = 'default', ...values: unknown[]) => at('info')(elapsed(label), ...values),
  timeEnd: (label = 'default') => {
    at('info')(elapsed(label))
    began.delete(label)
  },
}
