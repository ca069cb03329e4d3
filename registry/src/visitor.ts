/**
 * @module visitor: who asks. Programs bring a token, people a session of their browser; neither passes for the other, so that
 * no page of elsewhere can act with a visitor's cookie on the API, and a form is taken from our own pages alone.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Account } from './catalog/accounts.ts'
import type { TokenInfo, TokenOwner } from './catalog/tokens.ts'
import { RegistryError } from './errors.ts'
import type { Registry } from './registry.ts'
import type { Place } from './server.ts'

export interface Visitor {
  account: Account
  /** Absent in a browser. */
  token?: TokenInfo
}

const isSecure = ({ publicUrl }: Place): boolean => publicUrl.startsWith('https:')
/** The prefix has the browser refuse the cookie from any other host, or without encryption. */
const cookieName = (place: Place): string => (isSecure(place) ? '__Host-session' : 'session')

export const setSession = (reply: FastifyReply, place: Place, secret: string, maxAgeMs: number): FastifyReply =>
  reply.setCookie(cookieName(place), secret, {
    ...{ path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure(place) },
    maxAge: Math.floor(maxAgeMs / 1_000),
  })

export const clearSession = (reply: FastifyReply, place: Place): FastifyReply =>
  reply.clearCookie(cookieName(place), { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure(place) })

export const sessionOf = (request: FastifyRequest, place: Place): string | undefined =>
  request.cookies[cookieName(place)]

/** A path of ours, never an address of elsewhere. */
export const nextOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\/(?![/\\])[\w/@.?=&%~-]*$/.test(value) ? value : undefined

export async function identify(
  { catalog }: Registry,
  place: Place,
  request: FastifyRequest,
): Promise<Visitor | undefined> {
  const { needs } = request.routeOptions.config
  if (needs === 'token') {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const owner = token === undefined ? undefined : await catalog.tokens.find(token)
    if (owner) return owner
    const detail = token === undefined ? 'this needs a token' : 'the token is none of ours, was revoked, or has expired'
    throw new RegistryError('AR_UNAUTHORIZED', { detail })
  }
  if (request.url.startsWith('/api/') || request.url.startsWith('/v2/')) return undefined
  if (request.method === 'POST') demandOwnPage(request, place)
  const secret = sessionOf(request, place)
  const account = secret === undefined ? undefined : await catalog.accounts.ofSession(secret)
  if (needs === 'session' && !account) throw new RegistryError('AR_UNAUTHORIZED', { detail: 'this needs an account' })
  return account && { account }
}

/** https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html */
function demandOwnPage({ headers }: FastifyRequest, { publicUrl }: Place): void {
  const { origin, host } = headers
  const isOurs =
    origin === undefined
      ? headers['sec-fetch-site'] === undefined || headers['sec-fetch-site'] === 'same-origin'
      : origin === new URL(publicUrl).origin || URL.parse(origin)?.host === host
  if (!isOurs) throw new RegistryError('AR_FORBIDDEN_ORIGIN', { origin: origin ?? 'another site' })
}

/** Of a route that needs a token. */
export function withToken(request: FastifyRequest): TokenOwner {
  const { account, token } = signedIn(request)
  if (!token) throw new RegistryError('AR_UNAUTHORIZED', { detail: 'this needs a token' })
  return { account, token }
}

export function signedIn(request: FastifyRequest): Visitor {
  if (!request.caller) throw new RegistryError('AR_UNAUTHORIZED', { detail: 'this needs an account' })
  return request.caller
}

export function moderator(request: FastifyRequest): Visitor {
  const visitor = signedIn(request)
  if (visitor.account.role !== 'moderator')
    throw new RegistryError('AR_NOT_MODERATOR', { account: visitor.account.name })
  return visitor
}
