/**
 * @module codec/value: what a value is on our side: JSON plus bytes (`Uint8Array`) plus exact 64-bit integers (`bigint`,
 * used only beyond ±2^53). Both encodings write through `plainValue`, so that they refuse and normalise alike.
 */

export const MAX_NESTING = 512
/** A value of one byte takes a hundred in memory: ten megabytes of them would stop the process that decodes them. */
export const MAX_VALUES = 500_000
/** Integers up to here are numbers in every encoding; beyond it a double would lose digits. */
export const MAX_EXACT = 2 ** 53
export const INT64_MIN = -(2n ** 63n)
export const UINT64_MAX = 2n ** 64n - 1n

export type Path = readonly (string | number)[]

const PLAIN_KEY = /^[A-Za-z_$][A-Za-z0-9_$-]*$/

/** Steps shown at each end of a path that is longer than both together. */
const SHOWN = 8

const showStep = (step: string | number): string => {
  if (typeof step === 'number') return `[${step}]`
  if (step.length <= 64 && PLAIN_KEY.test(step)) return `.${step}`
  return `[${JSON.stringify(step.length > 64 ? `${step.slice(0, 64)}…` : step)}]`
}

/** `$.props.items[3]["odd key"]` */
export function showPath(path: Path): string {
  if (path.length <= 2 * SHOWN) return `$${path.map(showStep).join('')}`
  return `$${path.slice(0, SHOWN).map(showStep).join('')}…${path.slice(-SHOWN).map(showStep).join('')}`
}

/** A place and what is wrong there; each encoding turns it into its own PieceError. */
export class BadValue extends Error {
  readonly at: string
  constructor(path: Path, detail: string) {
    super(detail)
    this.at = showPath(path)
  }
}

/** Sets an own property even where the key is `__proto__`, which plain assignment would take for the prototype. */
export function setKey(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true })
  else record[key] = value
}

/** How an encoding writes what is not plain JSON; `undefined` leaves it as it is. */
export interface Special {
  bytes?: (value: Uint8Array) => unknown
  bigint?: (value: bigint) => unknown
}

/**
 * The value in plain arrays and records, or a BadValue. What is plain already comes back as it is, uncopied. `undefined` is
 * left out of records and null in arrays, as JSON.stringify has it; a Date is its ISO 8601 text.
 */
export function plainValue(value: unknown, special: Special): unknown {
  const path: (string | number)[] = []

  const refuse = (depth: number, detail: string): never => {
    throw new BadValue(path.slice(0, depth), detail)
  }

  const text = (value: string, depth: number): string =>
    value.isWellFormed() ? value : refuse(depth, 'the text holds a lone surrogate')

  const leaf = (value: object, depth: number): unknown => {
    if (value instanceof Uint8Array) return special.bytes ? special.bytes(value) : value
    if (value instanceof Date) {
      return Number.isNaN(value.getTime()) ? refuse(depth, 'an invalid Date') : value.toISOString()
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return refuse(depth, 'bytes other than a Uint8Array')
    if (value instanceof Map || value instanceof Set) {
      return refuse(depth, 'a Map or Set; use a plain object or an array')
    }
    return undefined
  }

  const scalar = (value: unknown, depth: number): unknown => {
    switch (typeof value) {
      case 'string':
        return text(value, depth)
      case 'number':
        return Number.isFinite(value) ? value : refuse(depth, `${value} is no JSON number`)
      case 'bigint':
        if (value < INT64_MIN || value > UINT64_MAX) return refuse(depth, `${value} does not fit in 64 bits`)
        if (value >= -BigInt(MAX_EXACT) && value <= BigInt(MAX_EXACT)) return Number(value)
        return special.bigint ? special.bigint(value) : value
      case 'boolean':
      case 'undefined':
        return value
      default:
        return refuse(depth, `a ${typeof value} is no value`)
    }
  }

  const list = (values: readonly unknown[], depth: number): readonly unknown[] => {
    let copy: unknown[] | undefined
    for (let i = 0; i < values.length; i++) {
      path[depth] = i
      const before = values[i]
      const after = visit(before, depth + 1) ?? null
      if (copy === undefined && after !== before) copy = values.slice(0, i)
      copy?.push(after)
    }
    return copy ?? values
  }

  const record = (fields: Readonly<Record<string, unknown>>, depth: number): Readonly<Record<string, unknown>> => {
    const keys = Object.keys(fields)
    const prototype = Object.getPrototypeOf(fields)
    // An instance of a class is copied: its toJSON and accessors have no say in what is written.
    let copy: Record<string, unknown> | undefined =
      prototype === Object.prototype || prototype === null ? undefined : {}
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      path[depth] = key
      text(key, depth + 1)
      const before = fields[key]
      const after = visit(before, depth + 1)
      if (copy === undefined && (after !== before || after === undefined)) {
        copy = {}
        for (const done of keys.slice(0, i)) setKey(copy, done, fields[done])
      }
      if (copy !== undefined && after !== undefined) setKey(copy, key, after)
    }
    return copy ?? fields
  }

  const visit = (value: unknown, depth: number): unknown => {
    if (value === null) return null
    if (typeof value !== 'object') return scalar(value, depth)
    const whole = leaf(value, depth)
    if (whole !== undefined) return whole
    if (depth >= MAX_NESTING) return refuse(depth, `nested deeper than ${MAX_NESTING}`)
    return Array.isArray(value) ? list(value, depth) : record(value as Record<string, unknown>, depth)
  }

  return visit(value, 0) ?? null
}

/**
 * Whether JSON.stringify writes the value just as it does what `plainValue` makes of it: the look that nearly every value
 * passes, without a path and without a copy.
 */
export function isPlainJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
    case 'undefined':
      return true
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return true
  if (depth >= MAX_NESTING) return false
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlainJson(value[i], depth + 1)) return false
    return true
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  const fields = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(fields)) if (!key.isWellFormed() || !isPlainJson(fields[key], depth + 1)) return false
  return true
}
