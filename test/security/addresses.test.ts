/** Every form of an address that is not public: the resolved address is classified, however the host was spelled. */
import { describe, expect, test } from 'vitest'
import { createEgress } from '../../packages/executor/src/effects/egress.ts'
import { PieceError } from '../../packages/executor/src/errors.ts'

const strict = createEgress({ privateRanges: [] })
const open = createEgress({ privateRanges: ['0.0.0.0/0', '::/0'] })
const loopback = createEgress({ privateRanges: ['127.0.0.0/8', '::1/128'] })

/** Denied by default, and by `https://*` even where every range is allowed. */
const DENIED: [address: string, what: string][] = [
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['100.64.0.1', 'carrierGradeNat'],
  ['100.127.255.255', 'carrierGradeNat'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['169.254.0.1', 'linkLocal'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.1', 'reserved'],
  ['192.0.2.1', 'reserved'],
  ['192.88.99.1', 'reserved'],
  ['192.168.0.1', 'private'],
  ['198.18.0.1', 'reserved'],
  ['198.19.255.255', 'reserved'],
  ['198.51.100.1', 'reserved'],
  ['203.0.113.1', 'reserved'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['fe80::1', 'linkLocal'],
  ['fe80::1%eth0', 'linkLocal'],
  ['fec0::1', 'deprecatedSiteLocal'],
  ['fc00::1', 'uniqueLocal'],
  ['fdff::1', 'uniqueLocal'],
  ['ff02::1', 'multicast'],
  ['100::1', 'discard'],
  ['2001:db8::1', 'reserved'],
  ['3fff::1', 'reserved'],
  ['2001:2::1', 'benchmarking'],
  ['2001:10::1', 'deprecatedOrchid'],
  ['5f00::1', 'segmentRouting'],
  ['4000::1', 'reserved'],
  ['::ffff:127.0.0.1', 'IPv4-mapped'],
  ['::ffff:8.8.8.8', 'IPv4-mapped'],
  ['::ffff:0:127.0.0.1', 'IPv4-translated'],
  ['::7f00:1', 'IPv4-compatible'],
  ['::808:808', 'IPv4-compatible'],
  ['64:ff9b::127.0.0.1', 'NAT64'],
  ['64:ff9b::8.8.8.8', 'NAT64'],
  ['64:ff9b:1::10.0.0.1', 'NAT64'],
  ['2002:7f00:1::1', '6to4'],
  ['2002:808:808::1', '6to4'],
  ['2001:0:4136:e378:8000:63bf:80ff:fffe', 'Teredo'],
  ['2600::5efe:127.0.0.1', 'ISATAP'],
  ['2600::200:5efe:10.0.0.1', 'ISATAP'],
]
const ALLOWED = ['1.1.1.1', '8.8.8.8', '11.0.0.1', '100.63.255.255', '100.128.0.1', '172.32.0.1', '223.255.255.255']
const ALLOWED_6 = ['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '2600::1']

describe('an address', () => {
  test.each(DENIED)('%s is %s', (address, what) => {
    expect(strict.refusal(address, 'named')).toBe(what)
    expect(open.refusal(address, 'named')).toBeUndefined()
    expect(open.refusal(address, 'public')).toBe(what)
  })

  test.each([...ALLOWED, ...ALLOWED_6])('%s is public', (address) => {
    expect(strict.refusal(address, 'named')).toBeUndefined()
    expect(strict.refusal(address, 'public')).toBeUndefined()
  })

  test.each([
    ['127.0.0.1', undefined],
    ['127.9.9.9', undefined],
    ['::1', undefined],
    ['::ffff:127.0.0.1', 'IPv4-mapped'],
    ['10.0.0.1', 'private'],
    ['::2', 'IPv4-compatible'],
  ])('%s where loopback is allowed: %s', (address, refusal) => {
    expect(loopback.refusal(address, 'named')).toBe(refusal)
  })

  test('a form that embeds IPv4 is allowed only with what it embeds', () => {
    const nat64 = createEgress({ privateRanges: ['64:ff9b::/96'] })
    expect(nat64.refusal('64:ff9b::8.8.8.8', 'named')).toBeUndefined()
    expect(nat64.refusal('64:ff9b::10.0.0.1', 'named')).toBe('private')
  })

  test.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '::g', '127.0.0.1:80', '[::1]'])('%j is none', (text) => {
    expect(strict.refusal(text, 'named')).toBe('no address')
  })

  test.each(['10.0.0.0', '10.0.0.0/33', 'localhost/8', '', '::/129'])('%j is no range', (range) => {
    expect(() => createEgress({ privateRanges: [range] })).toThrow(PieceError)
  })
})
