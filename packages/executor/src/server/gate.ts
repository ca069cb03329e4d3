/**
 * @module server/gate: who may. With keys: a bearer key, its tenant and roles. Until one was added: this machine alone, as tenant
 * `default`, and no web page that its browser happens to show (DNS rebinding, simple requests, preflights).
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'
import { type Keys, ROLES, type Role } from '../desk/keys.ts'
import { PieceError } from '../errors.ts'

export interface Visitor {
  tenant: string
  roles: readonly Role[]
}

const DEFAULT_TENANT = 'default'

/** `localhost`, 127.0.0.0/8, ::1. A trailing dot or any other name is none. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  if (name === 'localhost') return true
  if (!ipaddr.isValid(name) || (ipaddr.IPv4.isValid(name) && !ipaddr.IPv4.isValidFourPartDecimal(name))) return false
  return ipaddr.process(name).range() === 'loopback'
}

/** The name in a Host header, without its port. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '')

export interface GateOptions {
  keys: Keys
  /** Whether the server listens on a loopback address alone. */
  local: boolean
  allowOrigins: readonly string[]
}

export type Gate = ReturnType<typeof createGate>

export function createGate({ keys, local, allowOrigins }: GateOptions) {
  /** The Host that was found to be this machine last: most requests name the same. */
  let ours: string | undefined

  /** Without keys: refuses what a browser was tricked into sending. */
  function onlyThisMachine(request: FastifyRequest): void {
    const host = request.headers.host ?? ''
    if (host !== ours && !isLoopback(nameOf(host)))
      throw new PieceError('AP_FORBIDDEN_ORIGIN', { header: 'Host', value: host })
    ours = host
    const { origin } = request.headers
    if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host))
      throw new PieceError('AP_FORBIDDEN_ORIGIN', { header: 'Origin', value: origin })
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      throw new PieceError('AP_FORBIDDEN_ORIGIN', { header: 'Sec-Fetch-Site', value: String(site) })
  }

  return {
    /** For every request, routes without a role included. */
    inspect(request: FastifyRequest): void {
      if (keys.any()) return
      if (!local) throw new PieceError('AP_UNAUTHORIZED', {})
      onlyThisMachine(request)
    },

    /** For routes that need a role. */
    admit(request: FastifyRequest, role: Role): Visitor {
      if (!keys.any()) return { tenant: DEFAULT_TENANT, roles: ROLES }
      const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
      const found = key === undefined ? undefined : keys.find(key)
      if (!found) throw new PieceError('AP_UNAUTHORIZED', {})
      if (!found.roles.includes(role)) throw new PieceError('AP_FORBIDDEN', { role, roles: found.roles.join(', ') })
      return { tenant: found.tenant, roles: found.roles }
    },

    /** Cross-origin answers for the origins that the operator named, with keys alone. True: a preflight was answered. */
    allowOrigin(request: FastifyRequest, reply: FastifyReply): boolean {
      const { origin } = request.headers
      if (origin === undefined || !keys.any() || !allowOrigins.includes(origin)) return false
      reply
        .header('access-control-allow-origin', origin)
        .header('vary', 'origin')
        .header('access-control-expose-headers', 'content-digest, etag, retry-after, traceparent')
      if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false
      reply
        .header('access-control-allow-methods', 'GET, POST, PUT')
        .header('access-control-allow-headers', 'authorization, content-type, accept, idempotency-key, traceparent')
        .header('access-control-max-age', '600')
      return true
    },
  }
}
