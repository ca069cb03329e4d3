/** @module fuzz/mutations: bytes made of good ones: changed, cut out, doubled, or become the largest integer. */
import fc from 'fast-check'

type Mutation =
  | { kind: 'set' | 'flip'; at: number; value: number }
  | { kind: 'cut' | 'double' | 'swap'; at: number; length: number }
  | { kind: 'largest' | 'end'; at: number }

const LARGEST = [0xff, 0xff, 0xff, 0xff, 0x0f]

/** Places are parts of the whole, so that a mutation fits bytes of any length. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('set' as const, 'flip' as const), at: place, value: fc.nat(255) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('cut' as const, 'double' as const, 'swap' as const),
      at: place,
      length: fc.integer({ min: 1, max: 16 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('largest' as const, 'end' as const), at: place }) },
)

function apply(bytes: number[], one: Mutation, from: number): number[] {
  const at = from + Math.floor(one.at * Math.max(1, bytes.length - from))
  switch (one.kind) {
    case 'set':
      bytes[at] = one.value
      return bytes
    case 'flip':
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (one.value % 8))
      return bytes
    case 'cut':
      bytes.splice(at, one.length)
      return bytes
    case 'double':
      bytes.splice(at, 0, ...bytes.slice(at, at + one.length))
      return bytes
    case 'swap':
      return [...bytes.slice(0, at), ...bytes.slice(at + one.length), ...bytes.slice(at, at + one.length)]
    case 'largest':
      bytes.splice(at, 1, ...LARGEST)
      return bytes
    case 'end':
      return bytes.slice(0, at)
  }
}

/** One of the seeds with a few mutations; the first `keep` bytes stay, so that the rest is looked at. */
export const mutated = (seeds: readonly Uint8Array[], keep = 0): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc
    .tuple(fc.nat(seeds.length - 1), fc.array(mutation, { minLength: 0, maxLength: 6 }))
    .map(([seed, mutations]) =>
      Uint8Array.from(mutations.reduce((bytes, one) => apply(bytes, one, keep), [...seeds[seed]!])),
    )
