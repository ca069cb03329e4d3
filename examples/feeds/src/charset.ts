/** @module charset: bytes of the web as text. What servers, documents and bytes say about an encoding often disagrees. */
import { getBOMEncoding, legacyHookDecode, normalizeEncoding } from '@exodus/bytes/encoding.js'

/** Declarations stand at the begin, in ASCII: browsers look as far. */
const HEAD_BYTES = 1024

const DECLARATIONS = [
  /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"'\s]+)["']/i,
  /<meta\s[^>]*?charset\s*=\s*["']?([^"'\s/>;]+)/i,
]

function declared(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, HEAD_BYTES))
  if (/^<\0[?!a-z]\0/i.test(head)) return 'utf-16le'
  if (/^\0<\0[?!a-z]/i.test(head)) return 'utf-16be'
  const label = DECLARATIONS.map((pattern) => pattern.exec(head)?.[1]).find(Boolean)
  // Who could read the declaration as ASCII has no UTF-16 before him.
  return label !== undefined && /^utf-?16/i.test(label) ? 'utf-8' : label
}

const known = (label: string | undefined): string | undefined => {
  const name = label === undefined ? null : normalizeEncoding(label)
  return name === null || name === 'replacement' ? undefined : name
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/**
 * In this order: the byte order mark, what the server says, what the document says. But windows-1252 (and iso-8859-1, which
 * means it) is what servers say of everything: bytes that are valid UTF-8 are UTF-8 then.
 */
export function encodingOf(bytes: Uint8Array, charset: string | undefined): string {
  const mark = getBOMEncoding(bytes)
  if (mark !== null) return mark
  const label = known(charset) ?? known(declared(bytes)) ?? 'windows-1252'
  if (label !== 'windows-1252') return label
  if (isUtf8(bytes)) return 'utf-8'
  return known(declared(bytes)) ?? 'windows-1252'
}

export const decodeText = (bytes: Uint8Array, charset: string | undefined): string =>
  legacyHookDecode(bytes, encodingOf(bytes, charset))
