/** @module negotiate: JSON and MessagePack on both sides of HTTP, both read strictly. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Encoding, encodeAs } from './codec.ts'

export const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  msgpack: 'application/msgpack',
}

interface Preference {
  type: string
  quality: number
}

function preferences(accept: string): Preference[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    const quality = q === undefined ? 1 : Number(q.slice(2))
    return { type, quality: Number.isFinite(quality) ? quality : 0 }
  })
}

/** JSON, unless the caller prefers MessagePack by name. */
export function acceptedEncoding(accept: string | undefined): Encoding {
  if (!accept) return 'json'
  const wanted = preferences(accept)
  const quality = (type: string): number => wanted.find((one) => one.type === type)?.quality ?? 0
  const msgpack = quality(MEDIA_TYPES.msgpack)
  return msgpack > 0 && msgpack >= quality(MEDIA_TYPES.json) ? 'msgpack' : 'json'
}

/** A hook: what a route returns is written in the encoding that the caller accepts. */
export async function encodeReply(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  const encoding = reply.getHeader('content-type') === undefined ? acceptedEncoding(request.headers.accept) : undefined
  if (encoding === undefined) return payload
  const bytes = encodeAs(encoding, payload)
  reply.header('content-type', MEDIA_TYPES[encoding]).header('vary', 'accept')
  reply.serializer(() => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as unknown as string)
  return payload
}
