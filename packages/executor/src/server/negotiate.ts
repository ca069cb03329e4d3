/** @module server/negotiate: JSON and MessagePack on both sides of HTTP, both read strictly. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Encoding, encodeMsgpack, jsonText } from '../codec.ts'

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

/** What a route returns, in the encoding that its caller accepts. Text, bytes and streams are sent as they are. */
export function encodeReply(request: FastifyRequest, reply: FastifyReply, payload: unknown): string {
  if (typeof payload === 'string') return payload
  const encoding = acceptedEncoding(request.headers.accept)
  reply.header('content-type', MEDIA_TYPES[encoding]).header('vary', 'accept')
  // Text leaves in one write with the head before it.
  if (encoding === 'json') return jsonText(payload)
  const bytes = encodeMsgpack(payload)
  // Fastify sends what a serializer returns as it is, bytes too; its type knows text alone.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as unknown as string
}
