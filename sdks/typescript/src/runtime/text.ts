/**
 * @module text: TextEncoder and TextDecoder out of what QuickJS has in C. Figures are instructions a byte, in the engine:
 * a loop over characters takes 2,000, a regular expression that looks for one beyond ASCII 340.
 */

/** Base64 is the engine's own way between texts of Latin-1 and bytes: 90 there, 120 back. */
const latin1 = (bytes: Uint8Array): string => atob(bytes.toBase64())

const HIGH_BITS = 0x80808080 | 0

/** Four bytes at a time, eight times in a turn: 105, and 12,000 to begin with. */
function isAscii(bytes: Uint8Array): boolean {
  // A field of a typed array is a getter, and takes as long as eight bytes.
  const { buffer, byteOffset, length } = bytes
  if (byteOffset % 4 !== 0) return isAscii(bytes.slice())
  const count = length >> 2
  const words = new Int32Array(buffer, byteOffset, count)
  let bits = 0
  let i = 0
  for (const end = count - 7; i < end; i += 8) {
    const half = words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!
    bits |= half | words[i + 4]! | words[i + 5]! | words[i + 6]! | words[i + 7]!
  }
  for (; i < count; i++) bits |= words[i]!
  for (i = count * 4; i < length; i++) bits |= bytes[i]!
  return (bits & HIGH_BITS) === 0
}

/** UTF-8 of a text; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  try {
    const bytes = Uint8Array.fromBase64(btoa(text))
    if (isAscii(bytes)) return bytes
  } catch {
    // A character beyond Latin-1.
  }
  return Uint8Array.fromBase64(btoa(unescape(encodeURIComponent(text.toWellFormed()))))
}

/** Text of UTF-8 bytes; undefined when they are not well formed. */
function decodeStrict(bytes: Uint8Array): string | undefined {
  if (isAscii(bytes)) return latin1(bytes)
  try {
    return decodeURIComponent(escape(latin1(bytes)))
  } catch {
    return undefined
  }
}

/** The length of the sequence at `at` that is well formed, or minus the bytes that one U+FFFD replaces (Unicode §3.9). */
function sequence(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  const length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0
  if (length === 0) return -1
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i]
    const low = i === 1 ? ({ 224: 0xa0, 240: 0x90 }[lead] ?? 0x80) : 0x80
    const high = i === 1 ? ({ 237: 0x9f, 244: 0x8f }[lead] ?? 0xbf) : 0xbf
    if (byte === undefined || byte < low || byte > high) return -i
  }
  return length
}

function decodeWithReplacement(bytes: Uint8Array): string {
  let text = ''
  let from = 0
  for (let at = 0; at < bytes.length; ) {
    const length = sequence(bytes, at)
    if (length > 0) {
      at += length
      continue
    }
    text += `${decodeStrict(bytes.subarray(from, at))}\ufffd`
    at -= length
    from = at
  }
  return text + decodeStrict(bytes.subarray(from))
}

/** Text of UTF-8 bytes; what is not well formed becomes U+FFFD. */
export const decodeUtf8 = (bytes: Uint8Array): string => decodeStrict(bytes) ?? decodeWithReplacement(bytes)

/** How many bytes at the end begin a sequence that the next chunk may finish. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    return byte >= 0xc0 && sequence(bytes, bytes.length - back) === -back ? back : 0
  }
  return 0
}

/** The bytes of any view or buffer. */
export function bytesOf(source: ArrayBufferLike | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (source instanceof Uint8Array) return source as Uint8Array<ArrayBuffer>
  if (ArrayBuffer.isView(source))
    return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength)
  return new Uint8Array(source as ArrayBuffer)
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

export class TextEncoder {
  readonly encoding = 'utf-8'

  encode(text = ''): Uint8Array<ArrayBuffer> {
    return encodeUtf8(String(text))
  }

  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    let read = 0
    let written = 0
    for (const character of text) {
      const bytes = encodeUtf8(character)
      if (written + bytes.length > target.length) break
      target.set(bytes, written)
      read += character.length
      written += bytes.length
    }
    return { read, written }
  }
}

const LABELS: Record<string, 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'unicode-1-1-utf-8': 'utf-8',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  'ucs-2': 'utf-16le',
  ascii: 'windows-1252',
  'us-ascii': 'windows-1252',
  latin1: 'windows-1252',
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
}

/** Windows-1252 where it differs from Latin-1: 0x80 to 0x9f. */
const HIGH_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** Code units that one call of `fromCharCode` takes: they become its arguments, on the stack. */
const UNITS_AT_ONCE = 8192

/** Text of whole UTF-16 code units, lone surrogates among them. */
function decodeUnits(bytes: Uint8Array, bigEndian: boolean): string {
  const copy = bytes.slice()
  if (bigEndian) {
    for (let i = 0; i < copy.length; i += 2) {
      copy[i] = bytes[i + 1]!
      copy[i + 1] = bytes[i]!
    }
  }
  // WebAssembly is little-endian.
  const units = new Uint16Array(copy.buffer)
  let text = ''
  for (let at = 0; at < units.length; at += UNITS_AT_ONCE)
    text += String.fromCharCode.apply(null, units.subarray(at, at + UNITS_AT_ONCE) as unknown as number[])
  return text
}

/** How many bytes at the end are half a code unit, or half a surrogate pair. */
function unfinishedUnits(bytes: Uint8Array, bigEndian: boolean): number {
  const half = bytes.length % 2
  const high = bytes[bytes.length - half - (bigEndian ? 2 : 1)]
  return high !== undefined && high >= 0xd8 && high < 0xdc ? half + 2 : half
}

const BYTE_ORDER_MARK = 0xfeff

export class TextDecoder {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  /** The begin of a character that the next chunk may finish. */
  #kept: Uint8Array | undefined
  #begun = false

  constructor(label = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    const encoding = LABELS[String(label).trim().toLowerCase()]
    if (encoding === undefined) {
      throw new RangeError(
        `TextDecoder: the encoding "${label}" is not supported; these are: ${Object.keys(LABELS).join(', ')}`,
      )
    }
    this.encoding = encoding
    this.fatal = options.fatal ?? false
    this.ignoreBOM = options.ignoreBOM ?? false
  }

  decode(input?: ArrayBufferLike | ArrayBufferView, options?: { stream?: boolean }): string {
    const given = input === undefined ? new Uint8Array() : bytesOf(input)
    const bytes = this.#kept === undefined ? given : concat([this.#kept, given])
    const stream = Boolean(options?.stream)
    const keep = stream ? this.#unfinished(bytes) : 0
    this.#kept = keep === 0 ? undefined : bytes.slice(bytes.length - keep)
    const text = this.#decode(keep === 0 ? bytes : bytes.subarray(0, bytes.length - keep))
    const first = !this.#begun && text.length > 0
    this.#begun = stream && (this.#begun || first)
    return first && !this.ignoreBOM && text.charCodeAt(0) === BYTE_ORDER_MARK && this.encoding !== 'windows-1252'
      ? text.slice(1)
      : text
  }

  get #isUtf16(): boolean {
    return this.encoding === 'utf-16le' || this.encoding === 'utf-16be'
  }

  #unfinished(bytes: Uint8Array): number {
    if (this.#isUtf16) return unfinishedUnits(bytes, this.encoding === 'utf-16be')
    return this.encoding === 'utf-8' ? unfinished(bytes) : 0
  }

  #decode(bytes: Uint8Array): string {
    if (this.encoding === 'windows-1252')
      return latin1(bytes).replace(/[\x80-\x9f]/g, (c) => HIGH_1252[c.charCodeAt(0) - 0x80]!)
    if (this.#isUtf16) {
      const whole = bytes.subarray(0, bytes.length & ~1)
      const text = decodeUnits(whole, this.encoding === 'utf-16be') + (whole.length < bytes.length ? '\ufffd' : '')
      if (this.fatal && (whole.length < bytes.length || !text.isWellFormed()))
        throw new TypeError('the bytes are not valid UTF-16')
      return text.toWellFormed()
    }
    const text = decodeStrict(bytes)
    if (text !== undefined) return text
    if (this.fatal) throw new TypeError('the bytes are not valid UTF-8')
    return decodeWithReplacement(bytes)
  }
}

const strict = new TextDecoder('utf-8', { fatal: true })

/** As a decoder that is fatal does it, at once where the bytes are ASCII. */
export const decodeUtf8Strict = (bytes: Uint8Array): string => (isAscii(bytes) ? latin1(bytes) : strict.decode(bytes))
