/** @module host/files: ap:piece/files. */
import { LIMITS } from '../limits.ts'
import { type HostCall, ok, waiting } from './call.ts'
import { overCeiling, refused, textBytes } from './failure.ts'
import type { Bindings } from './world.ts'

const FILE_CEILING = LIMITS.fileBytes.ceiling
/** Names, media types and references beyond this are no such thing. */
const NAME_BYTES = 1024
/** A long read comes in parts of this size. */
const PART_BYTES = 1024 * 1024

const nameRefusal = (what: string, text: string) => {
  const bytes = textBytes(text, NAME_BYTES)
  return bytes > NAME_BYTES
    ? refused({ code: 'invalid_argument', message: `the ${what} has ${bytes} bytes; at most ${NAME_BYTES}` })
    : undefined
}

async function write(call: HostCall, name: string, mediaType: string, content: Uint8Array) {
  const { answer } = await call.ask('files.write', { name, mediaType }, content)
  return 'failure' in answer ? refused(answer.failure) : ok(answer.reference)
}

/** Fewer bytes than asked mean the end, so the whole range is collected; no file is larger than the ceiling. */
async function read(call: HostCall, reference: string, offset: number, length: number) {
  const parts: Uint8Array[] = []
  let bytes = 0
  do {
    const maxBytes = Math.min(length - bytes, PART_BYTES)
    const part = await call.ask('files.read', { reference, offset: offset + bytes, maxBytes })
    if (part.answer.failure !== undefined) return refused(part.answer.failure)
    parts.push(part.bytes)
    bytes += part.bytes.length
    if (part.bytes.length < maxBytes) break
  } while (bytes < length)
  if (parts.length === 1) return ok(parts[0]!)
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return ok(whole)
}

export const files = {
  write: waiting((call, name, mediaType, content) => {
    if (content.length > FILE_CEILING) return overCeiling('file', content.length, 'fileBytes', FILE_CEILING)
    return nameRefusal('name', name) ?? nameRefusal('media type', mediaType) ?? write(call, name, mediaType, content)
  }),
  read: waiting(
    (call, reference, offset, maxBytes) =>
      nameRefusal('reference', reference) ??
      read(
        call,
        reference,
        Number(offset > FILE_CEILING ? BigInt(FILE_CEILING) : offset),
        Math.min(maxBytes, FILE_CEILING),
      ),
  ),
} satisfies Bindings<'ap:piece/files'>
