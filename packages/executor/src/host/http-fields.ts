/** @module host/http-fields: the `fields` resource: header names and values, checked, counted, copied on write. */
import { err, type HostCall, immediate, ok } from './call.ts'
import { Budget, perCall, trap } from './state.ts'
import type { Bindings } from './world.ts'

/** RFC 9110, 5.6.2: a token. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** CONNECT would be a tunnel; TRACE and TRACK echo what the connection adds. */
export const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** The host's own: they steer the connection, not the request. */
export const FORBIDDEN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

export const FIELDS_MAX = 100
export const FIELDS_BYTES = 64 * 1024
/** All live fields of a call together, copies counted in full. */
const HELD_BYTES = 8 * 1024 * 1024

const INVALID = err({ tag: 'invalid-syntax' })
const FORBIDDEN = err({ tag: 'forbidden' })
const IMMUTABLE = err({ tag: 'immutable' })

const heldFields = perCall('held fields', () => new Budget(HELD_BYTES))

interface Entry {
  /** Lower case. */
  readonly key: string
  /** As the guest or the server wrote it. */
  readonly name: string
  readonly value: Uint8Array
}

/** RFC 9110, 5.5: no control characters but tab, so no line can be broken. */
function validValue(value: Uint8Array): boolean {
  for (const byte of value) if ((byte < 0x20 && byte !== 9) || byte === 0x7f) return false
  return true
}

const bytesOf = (entries: readonly Entry[]): number =>
  entries.reduce((sum, one) => sum + one.name.length + one.value.length, 0)

function latin1Encode(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

const CHARACTERS_AT_ONCE = 8192
export function latin1Decode(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += CHARACTERS_AT_ONCE)
    text += String.fromCharCode(...bytes.subarray(at, at + CHARACTERS_AT_ONCE))
  return text
}

export class Fields {
  readonly #held: Budget
  #entries: readonly Entry[]
  #bytes: number
  /** Set once the fields belong to a request or come from a response. */
  readonly #readOnly: boolean

  private constructor(held: Budget, entries: readonly Entry[], bytes: number, readOnly: boolean) {
    this.#held = held
    this.#entries = entries
    this.#bytes = bytes
    this.#readOnly = readOnly
  }

  static empty(call: HostCall): Fields {
    return new Fields(heldFields(call), [], 0, false)
  }
  static fromList(call: HostCall, list: readonly (readonly [string, Uint8Array])[]) {
    const fields = Fields.empty(call)
    const refusal = fields.#add(list)
    return refusal === undefined ? ok(fields) : refusal
  }
  /** Fields of a response: the host made them and bounds their size, so they are not checked again. */
  static received(call: HostCall, list: readonly (readonly [string, string])[]): Fields {
    const entries = list.map(([name, value]) => ({ key: name.toLowerCase(), name, value: latin1Encode(value) }))
    return new Fields(heldFields(call), entries, 0, true)
  }
  /** The same fields, read-only; they cost nothing, for they share everything. */
  frozen(): Fields {
    return new Fields(this.#held, this.#entries, 0, true)
  }
  clone(): Fields {
    const bytes = bytesOf(this.#entries)
    if (!this.#held.take(bytes))
      trap('wasi:http/types#[method]fields.clone', `the call holds more than ${HELD_BYTES} bytes of fields`)
    return new Fields(this.#held, this.#entries, bytes, false)
  }

  get(name: string): Uint8Array[] {
    const key = name.toLowerCase()
    return this.#entries.filter((one) => one.key === key).map((one) => one.value)
  }
  has(name: string): boolean {
    const key = name.toLowerCase()
    return this.#entries.some((one) => one.key === key)
  }
  set(name: string, values: readonly Uint8Array[]) {
    if (this.#readOnly) return IMMUTABLE
    const refusal = nameRefusal(name)
    if (refusal !== undefined) return refusal
    const key = name.toLowerCase()
    const before = this.#entries
    const bytesBefore = this.#bytes
    this.#entries = before.filter((one) => one.key !== key)
    this.#bytes = bytesOf(this.#entries)
    const freed = bytesBefore - this.#bytes
    const added = this.#add(values.map((value) => [name, value]))
    if (added !== undefined) {
      this.#entries = before
      this.#bytes = bytesBefore
      return added
    }
    this.#held.give(freed)
    return ok()
  }
  delete(name: string) {
    return this.set(name, [])
  }
  append(name: string, value: Uint8Array) {
    if (this.#readOnly) return IMMUTABLE
    return this.#add([[name, value]]) ?? ok()
  }
  entries(): [string, Uint8Array][] {
    return this.#entries.map((one) => [one.name, one.value])
  }
  /** As an effect carries them. */
  wire(): [name: string, value: string][] {
    return this.#entries.map((one) => [one.name, latin1Decode(one.value)])
  }
  [Symbol.dispose](): void {
    this.#held.give(this.#bytes)
    this.#bytes = 0
    this.#entries = []
  }

  /** All or nothing. Too many and too much are `forbidden`: WASI 0.2 has no word of its own for them. */
  #add(list: readonly (readonly [string, Uint8Array])[]) {
    if (this.#entries.length + list.length > FIELDS_MAX) return FORBIDDEN
    let bytes = 0
    for (const [name, value] of list) {
      bytes += name.length + value.length
      if (this.#bytes + bytes > FIELDS_BYTES) return FORBIDDEN
      const refusal = nameRefusal(name) ?? (validValue(value) ? undefined : INVALID)
      if (refusal !== undefined) return refusal
    }
    if (!this.#held.take(bytes)) return FORBIDDEN
    this.#bytes += bytes
    this.#entries = [...this.#entries, ...list.map(([name, value]) => ({ key: name.toLowerCase(), name, value }))]
    return undefined
  }
}

function nameRefusal(name: string) {
  if (!TOKEN.test(name)) return INVALID
  return FORBIDDEN_HEADERS.has(name.toLowerCase()) ? FORBIDDEN : undefined
}

export const fields = {
  '[constructor]fields': immediate((call) => Fields.empty(call)),
  '[static]fields.from-list': immediate((call, list: readonly (readonly [string, Uint8Array])[]) =>
    Fields.fromList(call, list),
  ),
  '[method]fields.get': immediate((_call, self, name) => self.get(name)),
  '[method]fields.has': immediate((_call, self, name) => self.has(name)),
  '[method]fields.set': immediate((_call, self, name, values) => self.set(name, values)),
  '[method]fields.delete': immediate((_call, self, name) => self.delete(name)),
  '[method]fields.append': immediate((_call, self, name, value) => self.append(name, value)),
  '[method]fields.entries': immediate((_call, self) => self.entries()),
  '[method]fields.clone': immediate((_call, self) => self.clone()),
} satisfies Partial<Bindings<'wasi:http/types'>>
