/**
 * @module effects/grants: patterns of origins, and the comparison of what is granted with what is asked.
 *
 * `https://api.example.com` is that host at the scheme's port, `https://api.example.com:8443` at another.
 * `https://*.example.com` is every subdomain at any depth, never example.com itself.
 * `https://*` is every public host; there is no `http://*`, because what it sends could be read by anybody on the way.
 * `{auth.props.url}` is the origin found at that place of this call's connection.
 */
import { LRUCache } from 'lru-cache'
import { Refused } from '../errors.ts'

export interface Origin {
  scheme: 'http' | 'https'
  /** As a URL writes it: lower case, punycode, no trailing dot, IPv6 in brackets. */
  host: string
  port: number
}

export type HttpPattern =
  | ({ kind: 'host' | 'subdomains'; text: string } & Origin)
  | { kind: 'any'; text: string; scheme: 'https'; port: number }
  | { kind: 'connection'; text: string; path: readonly string[] }

const PORTS = { http: 80, https: 443 } as const
const CONNECTION = /^\{auth((?:\.[A-Za-z_][A-Za-z0-9_-]{0,63}){1,8})\}$/
/** What would end or restructure the authority of a URL, and what a URL parser drops unseen. */
const NO_AUTHORITY = /[/?#@\\\s\x00-\x1f]/

/** The origin of an authority (`host[:port]`), or undefined where it is none: userinfo, a path, an impossible host. */
export function parseOrigin(scheme: string, authority: string): Origin | undefined {
  if ((scheme !== 'http' && scheme !== 'https') || authority === '' || NO_AUTHORITY.test(authority)) return undefined
  const url = URL.parse(`${scheme}://${authority}/`)
  if (!url || authority.endsWith(':') || url.port === '0') return undefined
  const host = url.hostname.endsWith('.') ? url.hostname.slice(0, -1) : url.hostname
  if (host === '' || host.endsWith('.')) return undefined
  return { scheme, host, port: url.port === '' ? PORTS[scheme] : Number(url.port) }
}

export const originText = ({ scheme, host, port }: Origin): string =>
  `${scheme}://${host}${port === PORTS[scheme] ? '' : `:${port}`}`

/** Of hosts as a URL writes them: IPv6 in brackets, IPv4 as four decimal numbers. */
const isAddress = (host: string): boolean => host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host)

/** Throws `Refused` with the reason where the text is no pattern. */
export function parsePattern(text: string): HttpPattern {
  const refuse = (reason: string) => new Refused(`http pattern "${text.slice(0, 200)}": ${reason}`)
  if (text.length > 512) throw refuse('it is longer than 512 characters')
  if (text.includes('{')) {
    const path = CONNECTION.exec(text)?.[1]
    if (!path) throw refuse('a place in the connection stands alone and looks like {auth.props.name}')
    return { kind: 'connection', text, path: path.slice(1).split('.') }
  }
  const parts = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text)
  if (!parts) throw refuse('it begins with no scheme; write https://host')
  const scheme = parts[1]!.toLowerCase()
  const rest = parts[2]!
  if (scheme !== 'http' && scheme !== 'https') throw refuse(`the scheme "${scheme}" is neither https nor http`)
  if (rest.includes('@')) throw refuse('user names and passwords do not belong into a pattern')
  if (/[/?#\\]/.test(rest)) throw refuse('a pattern is a whole origin, without path, query or final slash')
  if (rest === '*' || rest.startsWith('*:')) {
    if (scheme === 'http') throw refuse('any host over plain http is never granted; name the hosts, or write https://*')
    const origin = parseOrigin(scheme, rest.replace('*', 'any'))
    if (!origin) throw refuse('the port is none')
    return { kind: 'any', text, scheme, port: origin.port }
  }
  const below = rest.startsWith('*.')
  const authority = below ? rest.slice(2) : rest
  if (authority.includes('*')) throw refuse('a * stands for a whole leading label: https://*.example.com')
  const origin = parseOrigin(scheme, authority)
  if (!origin) throw refuse('the host or port is none')
  if (!below) return { kind: 'host', text, ...origin }
  if (isAddress(origin.host)) throw refuse('an address has no subdomains')
  if (!origin.host.includes('.')) throw refuse('all hosts below a top-level domain are never granted')
  return { kind: 'subdomains', text, ...origin }
}

/** Patterns repeat with every call of a piece. */
const parsed = new LRUCache<string, HttpPattern>({ max: 10_000 })

/** Undefined where it is none: then it grants nothing, and nobody asked for it. */
function pattern(text: string): HttpPattern | undefined {
  const known = parsed.get(text)
  if (known) return known
  try {
    const found = parsePattern(text)
    parsed.set(text, found)
    return found
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/** The origin that stands at a place of the connection: a URL, or a bare host, which means https. */
function connectionOrigin(path: readonly string[], auth: unknown): Origin | undefined {
  let value: unknown = auth
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  if (typeof value !== 'string' || value.length > 2048) return undefined
  const trimmed = value.trim()
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`)
  return url ? parseOrigin(url.protocol.slice(0, -1), url.host) : undefined
}

/**
 * What a request's grant says: `named` hosts may stand on a private address that the operator allows, `public` ones
 * (`https://*`) never; undefined: not granted.
 */
export function grantOf(patterns: readonly string[], auth: unknown, to: Origin): 'named' | 'public' | undefined {
  let any = false
  for (const text of patterns) {
    const one = pattern(text)
    if (!one) continue
    if (one.kind === 'any') any ||= one.scheme === to.scheme && one.port === to.port
    else {
      const allowed = one.kind === 'connection' ? connectionOrigin(one.path, auth) : one
      if (!allowed || allowed.scheme !== to.scheme || allowed.port !== to.port) continue
      if (one.kind === 'subdomains' ? to.host.endsWith(`.${one.host}`) : allowed.host === to.host) return 'named'
    }
  }
  return any ? 'public' : undefined
}

/** Capabilities as piece.json asks for them and as an operator grants them; of `env`, only the names are compared. */
export interface Capabilities {
  http?: readonly string[]
  env?: Readonly<Record<string, unknown>>
  store?: readonly string[]
  files?: readonly string[]
  run?: readonly string[]
}

const KNOWN = { store: ['flow', 'project'], files: ['read', 'write'], run: ['respond', 'stop', 'wait'] } as const
const LISTS = Object.keys(KNOWN) as (keyof typeof KNOWN)[]

/** Every reason why the capabilities are malformed; none: they can be stored. */
export function capabilityRefusals(capabilities: Capabilities): string[] {
  const reasons: string[] = []
  for (const text of capabilities.http ?? [])
    try {
      parsePattern(text)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      reasons.push(...error.reasons)
    }
  for (const name of Object.keys(capabilities.env ?? {}))
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) reasons.push(`env "${name.slice(0, 200)}": no name of a variable`)
  for (const list of LISTS)
    for (const item of capabilities[list] ?? [])
      if (!(KNOWN[list] as readonly string[]).includes(item))
        reasons.push(`${list} "${item.slice(0, 200)}": known are ${KNOWN[list].join(', ')}`)
  return reasons
}

/** Whether every origin that `narrow` allows is allowed by `wide`. */
function covers(wide: HttpPattern, narrow: HttpPattern): boolean {
  if (wide.text === narrow.text) return true
  if (wide.kind === 'connection' || narrow.kind === 'connection') return false
  if (wide.scheme !== narrow.scheme || wide.port !== narrow.port) return false
  if (wide.kind === 'any')
    // A host without a dot and a literal address name something nearby: `https://*` speaks of public hosts alone.
    return narrow.kind === 'any' || (narrow.host.includes('.') && !isAddress(narrow.host))
  if (narrow.kind === 'any') return false
  if (wide.kind === 'subdomains')
    return narrow.host.endsWith(`.${wide.host}`) || (narrow.kind === 'subdomains' && narrow.host === wide.host)
  return narrow.kind === 'host' && narrow.host === wide.host
}

/** What `one` holds and `other` does not cover, as lines for a person: `http https://api.example.com`, `store flow`. */
function beyond(one: Capabilities, other: Capabilities, envCounts: (value: unknown) => boolean): string[] {
  const wide = (other.http ?? []).map(pattern).filter((each) => each !== undefined)
  const http = (one.http ?? []).filter((text) => {
    const narrow = pattern(text)
    return !narrow || !wide.some((each) => covers(each, narrow))
  })
  const env = Object.entries(one.env ?? {}).filter(([name, value]) => !hasOwn(other.env, name) && envCounts(value))
  return [
    ...http.map((text) => `http ${text}`),
    ...env.map(([name]) => `env ${name}`),
    ...LISTS.flatMap((list) =>
      (one[list] ?? []).filter((item) => !other[list]?.includes(item)).map((item) => `${list} ${item}`),
    ),
  ]
}

const hasOwn = (object: object | undefined, name: string) => object !== undefined && Object.hasOwn(object, name)

/** What is granted although it was never asked. */
export const exceeds = (granted: Capabilities, asked: Capabilities): string[] => beyond(granted, asked, () => true)

/** What is asked and waits for consent; a variable asked as `required: false` may stay away. */
export const missing = (granted: Capabilities, asked: Capabilities): string[] =>
  beyond(asked, granted, (value) => (value as { required?: boolean } | null)?.required !== false)
