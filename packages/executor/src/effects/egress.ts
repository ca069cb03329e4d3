/**
 * @module effects/egress: the guard of addresses. A name is resolved once, each address is classified, and the connection
 * goes to an address that passed; however a host was spelled, only what it resolved to counts.
 */
import { promises as dns, type LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import ipaddr from 'ipaddr.js'
import type { HttpErrorCode } from '../effect.ts'
import { PieceError } from '../errors.ts'
import { EgressRefused } from './egress-refused.ts'

export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly LookupAddress[]>
/** For the call's log; the way out is the operator's. */
export const noPublic = (host: string, verb: 'is' | 'resolves to', reasons: readonly (string | undefined)[]): string =>
  `${host} ${verb} no public address (${[...new Set(reasons)].join(', ')}); AP_WASM_EGRESS_PRIVATE of the executor can allow private ones`

/** How far a grant reaches: `https://*` grants public hosts alone, whatever the operator allows. */
export type Reach = 'named' | 'public'

export interface Egress {
  /** Why a connection to this address is refused; undefined: it may be made. */
  refusal(address: string, reach: Reach): string | undefined
  /** The addresses of a name that may be connected to; throws `EgressRefused` where there is none. */
  addresses(hostname: string, reach: Reach): Promise<LookupAddress[]>
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = [Address, number]

/**
 * Addresses at which a cloud hands its machine's credentials to whoever asks: AWS (instances, containers, pods), Google,
 * Azure, Alibaba, Oracle, Tencent. Never reachable, not even where the range around them is allowed.
 */
const METADATA_ADDRESSES = new Set(
  [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '169.254.0.23',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
  ].map((text) => ipaddr.parse(text).toNormalizedString()),
)
const METADATA_NAMES = /(^|\.)metadata\.(google\.internal|goog)$/

const v6 = (text: string): Range => ipaddr.IPv6.parseCIDR(text)
const GLOBAL_V6 = v6('2000::/3')
/** Where IPv6 carries an IPv4 address, and at which byte: behind each stands whatever that IPv4 address is. */
const EMBEDDED: readonly { name: string; range: Range; at: number; inverted?: true }[] = [
  { name: 'IPv4-mapped', range: v6('::ffff:0:0/96'), at: 12 },
  { name: 'IPv4-translated', range: v6('::ffff:0:0:0/96'), at: 12 },
  { name: 'IPv4-compatible', range: v6('::/96'), at: 12 },
  { name: 'NAT64', range: v6('64:ff9b::/96'), at: 12 },
  { name: 'NAT64', range: v6('64:ff9b:1::/48'), at: 12 },
  { name: '6to4', range: v6('2002::/16'), at: 2 },
  { name: 'Teredo', range: v6('2001::/32'), at: 12, inverted: true },
]

function embedded(address: ipaddr.IPv6): { name: string; inner: ipaddr.IPv4 } | undefined {
  const bytes = address.toByteArray()
  const range = address.range()
  if (range === 'unspecified' || range === 'loopback') return undefined
  // RFC 5214, section 6.1: the interface identifier of ISATAP, behind any prefix.
  const isatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
  const form = isatap
    ? { name: 'ISATAP', at: 12, inverted: undefined }
    : EMBEDDED.find((one) => address.match(one.range[0] as ipaddr.IPv6, one.range[1]))
  if (!form) return undefined
  const inner = bytes.slice(form.at, form.at + 4).map((byte) => (form.inverted ? byte ^ 0xff : byte))
  return { name: form.name, inner: ipaddr.fromByteArray(inner) as ipaddr.IPv4 }
}

/** The name of the range that makes an address not public; undefined: it is public. */
function privacy(address: Address): string | undefined {
  const range = address.range()
  if (range !== 'unicast') return range
  if (address.kind() === 'ipv6' && !address.match(...GLOBAL_V6)) return 'reserved'
  return undefined
}

const allows = (ranges: readonly Range[], address: Address) =>
  ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))

/** Ranges as `AP_WASM_EGRESS_PRIVATE` lists them. */
export function parseRanges(ranges: readonly string[]): Range[] {
  return ranges.map((text) => {
    if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
    throw new PieceError('AP_SETTING_INVALID', {
      setting: 'AP_WASM_EGRESS_PRIVATE',
      value: text,
      expected: 'ranges such as 127.0.0.0/8, ::1/128',
    })
  })
}

/** DNS-error's rcode by the code of c-ares. */
const RCODES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'NXDOMAIN',
  ENODATA: 'NODATA',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  EFORMERR: 'FORMERR',
  ENOTIMP: 'NOTIMP',
  EBADNAME: 'NXDOMAIN',
}
const DNS_TIMEOUTS = new Set(['ETIMEOUT', 'ETIMEDOUT', 'ECANCELLED', 'EAI_AGAIN', 'ABORT_ERR'])

const dnsError = (code: string | undefined): HttpErrorCode =>
  code !== undefined && DNS_TIMEOUTS.has(code)
    ? { tag: 'DNS-timeout' }
    : { tag: 'DNS-error', val: { rcode: RCODES[code ?? ''] ?? 'SERVFAIL' } }

/** How long the answer for IPv6 may come after that for IPv4 (RFC 8305, section 3). */
const RESOLUTION_DELAY_MS = 50

/**
 * Asks the name servers directly: the system's own lookup occupies one of libuv's four threads for as long as a stranger's
 * name server likes. Where private addresses are allowed, names that only the system knows are looked up there too.
 */
export function systemResolver(options: { systemNames: boolean }): Resolve {
  return async (hostname, signal) => {
    // RFC 6761, section 6.3: never asked of a name server.
    if (hostname === 'localhost' || hostname.endsWith('.localhost'))
      return [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ]
    const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 })
    const cancel = () => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const six = resolver.resolve6(hostname).catch(() => [])
      const four = await resolver.resolve4(hostname).catch(async (error: NodeJS.ErrnoException) => {
        if ((await six).length > 0) return []
        if (options.systemNames && !signal.aborted) return undefined
        throw error
      })
      if (four === undefined) return await dns.lookup(hostname, { all: true })
      const late = four.length > 0 ? delay(RESOLUTION_DELAY_MS, [], { ref: false }) : six
      return [
        ...four.map((address) => ({ address, family: 4 })),
        ...(await Promise.race([six, late])).map((address) => ({ address, family: 6 })),
      ]
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

export function createEgress(options: {
  /** Private ranges that named grants may reach; none by default. */
  privateRanges: readonly string[]
  resolve?: Resolve
  dnsTimeoutMs?: number
}): Egress {
  const ranges = parseRanges(options.privateRanges)
  const resolve = options.resolve ?? systemResolver({ systemNames: ranges.length > 0 })
  const dnsTimeoutMs = options.dnsTimeoutMs ?? 5_000

  function refusal(text: string, reach: Reach): string | undefined {
    // ipaddr.js reads `127.1` too, which no resolver answers.
    if (!isIP(text)) return 'no address'
    const address = ipaddr.parse(text)
    const inside = address.kind() === 'ipv6' ? embedded(address as ipaddr.IPv6) : undefined
    for (const one of inside ? [address, inside.inner] : [address]) {
      if (METADATA_ADDRESSES.has(withoutZone(one))) return 'metadata of a cloud'
      const why = one === address && inside ? inside.name : privacy(one)
      if (why && (reach === 'public' || !allows(ranges, one))) return why
    }
    return undefined
  }

  async function addresses(hostname: string, reach: Reach): Promise<LookupAddress[]> {
    if (METADATA_NAMES.test(hostname))
      throw new EgressRefused({ tag: 'destination-IP-prohibited' }, `${hostname} is the metadata of a cloud`)
    const found = await resolved(hostname)
    const reasons = found.map(({ address }) => refusal(address, reach))
    const allowed = found.filter((_, index) => reasons[index] === undefined)
    if (allowed.length > 0) return allowed
    throw new EgressRefused({ tag: 'destination-IP-prohibited' }, noPublic(hostname, 'resolves to', reasons))
  }

  async function resolved(hostname: string): Promise<readonly LookupAddress[]> {
    const signal = AbortSignal.timeout(dnsTimeoutMs)
    const timeout = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(Object.assign(new Error('timeout'), { code: 'ETIMEOUT' })))
    })
    try {
      const found = await Promise.race([resolve(hostname, signal), timeout])
      if (found.length > 0) return found
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      throw new EgressRefused(dnsError(code), `${hostname} cannot be resolved (${code})`)
    }
    throw new EgressRefused(dnsError('ENODATA'), `${hostname} has no address`)
  }

  return { refusal, addresses }
}

const withoutZone = (address: Address) => address.toNormalizedString().replace(/%.*$/, '')
