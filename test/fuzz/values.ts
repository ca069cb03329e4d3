/** @module fuzz/values: JSON-like values: any, and such that look like what is expected. */
import fc from 'fast-check'
import { TYPES_IN } from '../../packages/executor/src/properties.ts'
import { DESCRIPTION } from '../fixture.ts'

const KEYS = ['a', 'b', 'type', 'props', 'required', '__proto__', 'constructor', 'toString', 'ü', '']
const exact = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => (Object.is(one, -0) ? 0 : one)),
)
const big = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).filter((one) => !Number.isSafeInteger(Number(one)))

/** What both encodings can say; bytes exist in MessagePack alone. */
export function payload({ bytes }: { bytes: boolean }): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.oneof(
        fc.constant(null),
        fc.boolean(),
        // A whole double beyond 2^53 is written with its digits, and digits are read as an exact integer.
        bytes
          ? exact
          : exact.filter((one) => !Number.isInteger(one) || Number.isSafeInteger(one) || Math.abs(one) >= 1e21),
        fc.string({ unit: 'binary', maxLength: 12 }).map((one) => one.toWellFormed()),
        ...(bytes ? [big, fc.uint8Array({ maxLength: 40 }).map((one) => Uint8Array.from(one))] : []),
      ),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(
        fc.oneof(fc.constantFrom(...KEYS.filter((key) => key !== '__proto__')), fc.string({ maxLength: 5 })),
        tie('value'),
        { maxKeys: 5, noNullPrototype: true },
      ),
    ),
  })).value
}

const anything = fc.oneof(
  payload({ bytes: true }),
  fc.anything({
    maxDepth: 2,
    withBigInt: true,
    withTypedArray: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
  }),
)

/** A place in a value, and what is put there. */
const change = (other: fc.Arbitrary<unknown>) =>
  fc.record({ path: fc.array(fc.nat(7), { maxLength: 5 }), to: other, key: fc.constantFrom(...KEYS) })

function changed(value: unknown, path: readonly number[], to: unknown, key: string): unknown {
  if (path.length === 0 || typeof value !== 'object' || value === null || value instanceof Uint8Array) return to
  const [at, ...rest] = path
  if (Array.isArray(value))
    return value.length === 0
      ? [to]
      : value.map((one, i) => (i === at! % value.length ? changed(one, rest, to, key) : one))
  const keys = Object.keys(value)
  const copy = Object.fromEntries(Object.entries(value))
  const chosen = keys[at! % (keys.length + 1)] ?? key
  Object.defineProperty(copy, chosen, {
    value: changed(copy[chosen], rest, to, key),
    enumerable: true,
    writable: true,
    configurable: true,
  })
  return copy
}

/** The example with a few places changed, or something else entirely. */
export const likely = (example: unknown, other: fc.Arbitrary<unknown> = anything): fc.Arbitrary<unknown> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .array(change(other), { maxLength: 4 })
        .map((changes) => changes.reduce((value, { path, to, key }) => changed(value, path, to, key), example)),
    },
    { weight: 1, arbitrary: other },
  )

const options = fc.record({
  options: fc.array(
    fc.record({ label: fc.string({ maxLength: 3 }), value: fc.oneof(fc.nat(3), fc.constantFrom('x', 'y')) }),
    { maxLength: 3 },
  ),
})
/** A property as a description declares it. */
export const declaration = fc
  .record({
    type: fc.constantFrom(...TYPES_IN.props),
    required: fc.boolean(),
    options,
    defaultValue: fc.option(fc.oneof(fc.nat(3), fc.constant('x')), { nil: undefined }),
  })
  .map(({ type, required, options: list, defaultValue }) => ({
    ...{ type, displayName: 'P', required },
    ...(type.startsWith('STATIC') ? { options: list } : {}),
    ...(type.includes('DROPDOWN') || type === 'DYNAMIC' ? { refreshers: [] } : {}),
    ...(type === 'CHECKBOX' || defaultValue === undefined ? {} : { defaultValue }),
  }))

/** A description of everything. */
export const DESCRIBED = {
  ...DESCRIPTION,
  auth: [
    {
      type: 'CUSTOM_AUTH',
      displayName: 'A',
      required: true,
      props: { url: { type: 'SHORT_TEXT', displayName: 'U', required: true } },
    },
  ],
  actions: {
    a: {
      ...{ displayName: 'A', description: 'A.', requireAuth: true },
      props: {
        text: { type: 'SHORT_TEXT', displayName: 'T', required: true },
        list: {
          type: 'ARRAY',
          displayName: 'L',
          required: false,
          properties: { n: { type: 'NUMBER', displayName: 'N', required: false } },
        },
        choice: {
          type: 'STATIC_DROPDOWN',
          displayName: 'C',
          required: false,
          options: { options: [{ label: 'X', value: 'x' }] },
        },
      },
    },
  },
  triggers: {
    t: {
      displayName: 'T',
      description: 'T.',
      requireAuth: false,
      props: {},
      type: 'POLLING',
      testStrategy: 'TEST_FUNCTION',
      sampleData: { a: 1 },
    },
  },
}
