/** Services that hand out a cloud machine's credentials: never reached, not even where the range around them is allowed. */
import { describe, expect, test } from 'vitest'
import { createEgress } from '../../packages/executor/src/effects/egress.ts'
import { call, engines, request } from '../../packages/executor/src/effects/outside.suite.ts'

const strict = createEgress({ privateRanges: [] })
const open = createEgress({ privateRanges: ['0.0.0.0/0', '::/0'] })

const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '169.254.0.23',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:0ec2:0:0::0254',
  'fd00:ec2::254%eth0',
  'fd00:ec2::23',
  'fd20:ce::254',
]
/** The same metadata behind IPv6: denied for its form by default, and for what stands behind it always. */
const BEHIND = [
  '::ffff:169.254.169.254',
  '::a9fe:a9fe',
  '::169.254.169.254',
  '::ffff:0:169.254.169.254',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::100.100.100.200',
  '2002:a9fe:a9fe::1',
  // Teredo inverts the bits.
  '2001:0:1:2:3:4:5601:5601',
  '2600::5efe:169.254.169.254',
]

describe('an address', () => {
  test.each(METADATA)('%s is denied, whatever is allowed', (address) => {
    for (const egress of [strict, open])
      for (const reach of ['named', 'public'] as const)
        expect(egress.refusal(address, reach)).toBe('metadata of a cloud')
  })

  test.each(BEHIND)('%s leads there', (address) => {
    expect(strict.refusal(address, 'named')).toBeDefined()
    expect(open.refusal(address, 'named')).toBe('metadata of a cloud')
  })

  test.each(['169.254.169.253', '100.100.100.201', 'fd00:ec2::255', '::ffff:169.254.169.253'])(
    'its neighbour %s may be allowed',
    (address) => {
      expect(strict.refusal(address, 'named')).toBeDefined()
      expect(open.refusal(address, 'named')).toBeUndefined()
    },
  )
})

/** Names under `.example` that lead where each says; every range is allowed. */
const asking = async (address: string) => {
  const family = address.includes(':') ? 6 : 4
  const using = await engines({ egressPrivate: ['0.0.0.0/0', '::/0'], resolve: async () => [{ address, family }] })
  return call(using, {
    grants: { http: ['http://a.example:1', 'http://metadata.google.internal', 'http://metadata.goog'] },
  })
}

describe('a granted name', () => {
  test.each(METADATA)('that leads to %s is not connected to', async (address) => {
    expect(await request(await asking(address), 'http://a.example:1/')).toEqual({
      error: { tag: 'destination-IP-prohibited' },
    })
  })

  test('that leads elsewhere is', async () => {
    // Nothing listens there: that it was tried shows in the error.
    expect(await request(await asking('127.0.0.1'), 'http://a.example:1/')).toEqual({
      error: { tag: 'connection-refused' },
    })
  })

  test.each(['metadata.google.internal', 'metadata.goog'])('%s is not even resolved', async (name) => {
    expect(await request(await asking('127.0.0.1'), `http://${name}/`)).toEqual({
      error: { tag: 'destination-IP-prohibited' },
    })
  })
})
