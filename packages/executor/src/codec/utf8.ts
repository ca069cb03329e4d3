/** @module codec/utf8: what a text is as bytes, without making them. Runs in a browser. */

/** Bytes in UTF-8; a lone surrogate is three, as what replaces it. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else if ((unit & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      bytes += 2
      at++
    } else bytes += 2
  }
  return bytes
}

const encoder = new TextEncoder()

/** The order of the bytes, which differs from that of UTF-16 beyond U+D7FF. */
export function compareUtf8(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)]
  const at = left.findIndex((byte, i) => byte !== right[i])
  return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1)
}
