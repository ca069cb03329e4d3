/**
 * @module codec/json: strict JSON. What is clean goes through the engine's own parser after one linear look at the bytes;
 * what is not, or may not be, goes through the slow parser below, which knows the path of every fault.
 */
import { PieceError } from '../errors.ts'
import { BadValue, INT64_MIN, isPlainJson, MAX_NESTING, MAX_VALUES, plainValue, setKey, UINT64_MAX } from './value.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

const badJson = (at: string, detail: string): PieceError => new PieceError('AP_BAD_JSON', { at, detail })

export function decodeJson(bytes: Uint8Array): unknown {
  const text = decodeText(bytes)
  const keys = scan(bytes)
  if (keys !== undefined) {
    try {
      const value: unknown = JSON.parse(text)
      if (countKeys(value) === keys) return value
    } catch {
      // The slow parser says where and why.
    }
  }
  try {
    return parseStrictly(text)
  } catch (error) {
    throw error instanceof BadValue ? badJson(error.at, error.message) : error
  }
}

/** Bytes as base64 text, integers beyond ±2^53 as decimal text. */
export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(jsonText(value))
}

export function jsonText(value: unknown): string {
  if (value !== undefined && isPlainJson(value)) return JSON.stringify(value)
  try {
    return JSON.stringify(plainValue(value, { bytes: (bytes) => bytes.toBase64(), bigint: String }))
  } catch (error) {
    throw error instanceof BadValue ? badJson(error.at, error.message) : error
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw badJson('$', 'the bytes are not UTF-8')
  }
}

/**
 * Counts the keys (colons outside of strings) in one pass. `undefined` means: not certainly clean (nesting, lone surrogates,
 * numbers that a double may not hold, too many values). It need not notice broken syntax: the parser after it does.
 */
function scan(bytes: Uint8Array): number | undefined {
  let depth = 0
  let keys = 0
  let values = 1
  const end = bytes.length
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!
    if (byte === 0x22) {
      for (i++; i < end; i++) {
        const char = bytes[i]!
        if (char === 0x22) break
        if (char !== 0x5c) continue
        i++
        if (bytes[i] !== 0x75 || (bytes[i + 1]! | 0x20) !== 0x64 || bytes[i + 2]! < 0x38) continue
        // \uD8.. to \uDF..: a high half must be followed by a low one.
        const high = bytes[i + 2] === 0x38 || bytes[i + 2] === 0x39 || (bytes[i + 2]! | 0x20) <= 0x62
        const low = bytes[i + 5] === 0x5c && bytes[i + 6] === 0x75 && (bytes[i + 7]! | 0x20) === 0x64
        const third = bytes[i + 8]! | 0x20
        if (!high || !low || third < 0x63 || third > 0x66) return undefined
        i += 10
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_NESTING || ++values > MAX_VALUES) return undefined
    } else if (byte === 0x2c) {
      if (++values > MAX_VALUES) return undefined
    } else if (byte === 0x7d || byte === 0x5d) depth--
    else if (byte === 0x3a) keys++
    else if (byte >= 0x30 && byte <= 0x39) {
      const from = i
      let whole = true
      let exponentAt = end
      for (; i + 1 < end; i++) {
        const next = bytes[i + 1]!
        if (next >= 0x30 && next <= 0x39) continue
        if (next === 0x65 || next === 0x45) exponentAt = i + 1
        else if (next !== 0x2e && (exponentAt === end || (next !== 0x2b && next !== 0x2d))) break
        whole = false
      }
      // 15 digits always fit in a double, and neither 300 digits nor two digits of exponent reach infinity.
      if (i - from >= (whole ? 15 : 300) || i - exponentAt > 2) return undefined
    }
  }
  return keys
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item)
    return count
  }
  for (const key of Object.keys(value)) {
    count++
    const item = (value as Record<string, unknown>)[key]
    if (typeof item === 'object') count += countKeys(item)
  }
  return count
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
const PLAIN = /[^"\\\u0000-\u001f]*/y
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** RFC 8259 and this contract's refusals, the first one in the order of the text. */
function parseStrictly(text: string): unknown {
  const path: (string | number)[] = []
  let at = 0
  let values = 0

  const refuse = (detail: string): never => {
    throw new BadValue(path, detail)
  }
  const unexpected = (wanted: string): never =>
    refuse(
      at < text.length
        ? `${JSON.stringify(String.fromCodePoint(text.codePointAt(at)!))} at character ${at} where ${wanted} was expected`
        : `the text ends where ${wanted} was expected`,
    )
  const skip = (): void => {
    while (at < text.length && ' \t\n\r'.includes(text[at]!)) at++
  }
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found !== null) at += found[0].length
    return found
  }

  const string = (wanted: string): string => {
    if (text[at] !== '"') unexpected(wanted)
    at++
    let value = ''
    for (;;) {
      value += match(PLAIN)![0]
      const char = text[at]
      if (char === '"') {
        at++
        return value.isWellFormed() ? value : refuse('the text holds a lone surrogate')
      }
      if (char !== '\\')
        unexpected(char === undefined ? 'the closing quote' : 'an escape (control characters need one)')
      const escaped = text[at + 1] ?? ''
      if (escaped === 'u') {
        const hex = text.slice(at + 2, at + 6)
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) unexpected('\\u and four hexadecimal digits')
        value += String.fromCharCode(Number.parseInt(hex, 16))
        at += 6
      } else {
        value += ESCAPES[escaped] ?? unexpected('a known escape')
        at += 2
      }
    }
  }

  const number = (): number | bigint => {
    const found = match(NUMBER)
    if (found === null) return unexpected('a value')
    const [literal, fraction, exponent] = found
    const value = Number(literal)
    if (!Number.isFinite(value)) return refuse(`the number ${short(literal)} is out of range`)
    if (fraction !== undefined || exponent !== undefined || Number.isSafeInteger(value)) return value
    // An integer that a double does not hold is kept exactly; more than 64 bits are a loss that nobody asked for.
    const exact = literal.length <= 400 ? BigInt(literal) : undefined
    if (exact === BigInt(value)) return value
    // What JavaScript writes for a double of that size: its shortest digits, filled up with zeros.
    if (literal === String(value) && (exact! < INT64_MIN || exact! > UINT64_MAX)) return value
    if (exact === undefined || exact < INT64_MIN || exact > UINT64_MAX)
      return refuse(`the integer ${short(literal)} does not fit in 64 bits; send it as text`)
    return exact
  }

  const inside = (): void => {
    if (path.length > MAX_NESTING) {
      path.pop()
      refuse(`nested deeper than ${MAX_NESTING}`)
    }
  }

  const array = (): unknown[] => {
    const items: unknown[] = []
    at++
    skip()
    const place = path.push(0) - 1
    inside()
    if (text[at] !== ']') {
      for (;;) {
        path[place] = items.length
        items.push(value())
        skip()
        if (text[at] === ']') break
        if (text[at] !== ',') unexpected('"," or "]"')
        at++
      }
    }
    at++
    path.pop()
    return items
  }

  const object = (): Record<string, unknown> => {
    const record: Record<string, unknown> = {}
    at++
    skip()
    const place = path.push('') - 1
    inside()
    path.pop()
    if (text[at] !== '}') {
      for (;;) {
        skip()
        const key = string('a key in quotes')
        path[place] = key
        if (Object.hasOwn(record, key)) refuse('the key stands twice')
        skip()
        if (text[at] !== ':') unexpected('":"')
        at++
        setKey(record, key, value())
        path.pop()
        skip()
        if (text[at] === '}') break
        if (text[at] !== ',') unexpected('"," or "}"')
        at++
      }
    }
    at++
    return record
  }

  const word = (name: string, value: unknown): unknown => {
    if (!text.startsWith(name, at)) unexpected('a value')
    at += name.length
    return value
  }

  const value = (): unknown => {
    if (++values > MAX_VALUES) refuse(`more than ${MAX_VALUES} values`)
    skip()
    switch (text[at]) {
      case '{':
        return object()
      case '[':
        return array()
      case '"':
        return string('a string')
      case 't':
        return word('true', true)
      case 'f':
        return word('false', false)
      case 'n':
        return word('null', null)
      default:
        return number()
    }
  }

  const whole = value()
  skip()
  if (at < text.length) unexpected('the end')
  return whole
}

const short = (literal: string): string => (literal.length > 24 ? `${literal.slice(0, 24)}…` : literal)
