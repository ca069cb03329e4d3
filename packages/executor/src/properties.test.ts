import { describe, expect, test } from 'vitest'
import { checkProps, type Property } from './properties.ts'

const property = (type: string, more: object = {}): Property =>
  ({ type, displayName: 'P', required: true, ...more }) as unknown as Property
const options = {
  options: {
    options: [
      { label: 'A', value: 'a' },
      { label: 'One', value: 1 },
      { label: 'R', value: { k: [1] } },
    ],
  },
}
const items = {
  properties: { n: property('NUMBER'), t: property('SHORT_TEXT', { required: false, defaultValue: 'x' }) },
}
const stored = { filename: 'a.csv', mediaType: 'text/csv', size: 3, reference: 'f1' }

/** What becomes of one value of one property. */
const accepted: [type: string, value: unknown, becomes: unknown, more?: object][] = [
  ['SHORT_TEXT', '', ''],
  ['LONG_TEXT', 'a\nb', 'a\nb'],
  ['RICH_TEXT', '<b>x</b>', '<b>x</b>'],
  ['COLOR', '#ff0000', '#ff0000'],
  ['MARKDOWN', 'ignored', undefined],
  ['NUMBER', 1.5, 1.5],
  ['NUMBER', ' 42 ', 42],
  ['NUMBER', '-1e3', -1000],
  ['NUMBER', '.5', 0.5],
  ['NUMBER', 2n ** 60n, 2n ** 60n],
  ['CHECKBOX', false, false],
  ['DATE_TIME', '2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['DATE_TIME', '2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
  ['DATE_TIME', '2026-01-31T12:00:00+0200', '2026-01-31T10:00:00.000Z'],
  ['DATE_TIME', '2026-01-31 12:00', '2026-01-31T12:00:00.000Z'],
  ['DATE_TIME', '2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['DATE_RANGE', { preset: 'last_7_days' }, { preset: 'last_7_days' }],
  [
    'DATE_RANGE',
    { preset: 'custom', after: '2026-01-01', before: '' },
    { preset: 'custom', after: '2026-01-01T00:00:00.000Z' },
  ],
  ['FILE', stored, stored],
  ['JSON', { a: 1 }, { a: 1 }],
  ['JSON', '{"a":1}', { a: 1 }],
  ['JSON', 'no JSON', 'no JSON'],
  ['JSON', 'null', null],
  ['JSON', '"text"', 'text'],
  ['OBJECT', { a: 1 }, { a: 1 }],
  ['OBJECT', '{"a":1}', { a: 1 }],
  ['ARRAY', [1, 'a', null], [1, 'a', null]],
  ['ARRAY', [{ n: '1' }], [{ n: 1, t: 'x' }], items],
  ['ARRAY', [], [], items],
  ['STATIC_DROPDOWN', 'a', 'a', options],
  ['STATIC_DROPDOWN', 1, 1, options],
  ['STATIC_DROPDOWN', { k: [1] }, { k: [1] }, options],
  ['STATIC_MULTI_SELECT_DROPDOWN', ['a', 1], ['a', 1], options],
  ['DROPDOWN', 'whatever', 'whatever'],
  ['MULTI_SELECT_DROPDOWN', ['whatever'], ['whatever']],
  ['DYNAMIC', { any: { thing: 1 } }, { any: { thing: 1 } }],
]

const refused: [type: string, value: unknown, path: string, message: RegExp, more?: object][] = [
  ['SHORT_TEXT', 1, 'props.p', /expected text, got a number/],
  ['LONG_TEXT', ['a'], 'props.p', /expected text, got a list/],
  ['NUMBER', 'abc', 'props.p', /expected a number/],
  ['NUMBER', '', 'props.p', /expected a number/],
  ['NUMBER', '0x10', 'props.p', /expected a number/],
  ['NUMBER', 'Infinity', 'props.p', /expected a number/],
  ['NUMBER', '1e999', 'props.p', /expected a number/],
  ['NUMBER', true, 'props.p', /got true or false/],
  ['CHECKBOX', 'true', 'props.p', /expected true or false, got text/],
  ['DATE_TIME', 'tomorrow', 'props.p', /ISO 8601/],
  ['DATE_TIME', '2026-13-01', 'props.p', /ISO 8601/],
  ['DATE_TIME', 5, 'props.p', /ISO 8601/],
  ['DATE_RANGE', { preset: 'sometime' }, 'props.p.preset', /one of any_time/],
  ['DATE_RANGE', { after: 'x' }, 'props.p.after', /ISO 8601/],
  ['DATE_RANGE', { until: 'x' }, 'props.p.until', /not a known key/],
  ['FILE', 'a.csv', 'props.p', /expected \{ filename/],
  ['FILE', { filename: '../a', data: '' }, 'props.p.filename', /without \/ and/],
  ['FILE', { filename: 'a\r\nb', data: '' }, 'props.p.filename', /file name/],
  ['FILE', { filename: 'a', data: '!!' }, 'props.p.data', /base64/],
  ['FILE', { filename: 'a', data: 5 }, 'props.p.data', /base64/],
  ['FILE', { filename: 'a', data: '', mediaType: 'text' }, 'props.p.mediaType', /media type/],
  ['FILE', { filename: 'a', data: '', mediaType: 'text/x\r\ny: 1' }, 'props.p.mediaType', /media type/],
  ['FILE', { filename: 'a', mediaType: 'text/csv', size: -1, reference: 'x' }, 'props.p.size', /number of bytes/],
  ['FILE', { filename: 'a', mediaType: 'text/csv', size: 1 }, 'props.p.reference', /reference/],
  ['OBJECT', [1], 'props.p', /expected an object, got a list/],
  ['OBJECT', '[1]', 'props.p', /expected an object/],
  ['ARRAY', { 0: 1 }, 'props.p', /expected a list, got an object/],
  ['ARRAY', [{ n: 1 }, 5], 'props.p[1]', /expected an object, got a number/, items],
  ['ARRAY', [{}], 'props.p[0].n', /is required/, items],
  ['ARRAY', [{ n: 1, z: 2 }], 'props.p[0].z', /no property here; there are: n, t/, items],
  ['STATIC_DROPDOWN', 'b', 'props.p', /none of the options: "a", 1/, options],
  ['STATIC_DROPDOWN', '1', 'props.p', /none of the options/, options],
  ['STATIC_MULTI_SELECT_DROPDOWN', ['a', 'b'], 'props.p[1]', /none of the options/, options],
  ['STATIC_MULTI_SELECT_DROPDOWN', 'a', 'props.p', /expected a list/, options],
  ['MULTI_SELECT_DROPDOWN', 'a', 'props.p', /expected a list/],
  ['DYNAMIC', 'a', 'props.p', /expected an object/],
]

describe('values', () => {
  test.each(accepted)('%s accepts %o as %o', (type, value, becomes, more) => {
    const { props, violations } = checkProps({ p: property(type, more) }, { p: value })
    expect(violations).toEqual([])
    expect(props.p).toEqual(becomes)
  })
  test.each(refused)('%s refuses %o at %s', (type, value, path, message, more) => {
    const { violations } = checkProps({ p: property(type, more) }, { p: value })
    expect(violations).toEqual([{ path, message: expect.stringMatching(message) }])
  })
})

describe('absence', () => {
  test.each([undefined, null])('%s takes the default', (value) => {
    const { props, violations } = checkProps({ p: property('NUMBER', { defaultValue: '7' }) }, { p: value })
    expect({ props, violations }).toEqual({ props: { p: 7 }, violations: [] })
  })
  test('required and absent is a violation, optional and absent is left out', () => {
    const properties = { a: property('NUMBER'), b: property('NUMBER', { required: false }), m: property('MARKDOWN') }
    expect(checkProps(properties, undefined)).toMatchObject({
      props: {},
      violations: [{ path: 'props.a', message: 'is required' }],
    })
  })
  test('a form that is being filled may lack what is required', () => {
    expect(checkProps({ a: property('NUMBER') }, {}, { partial: true }).violations).toEqual([])
  })
})

test('every violation is told at once, and a million are not', () => {
  const properties = { a: property('NUMBER'), b: property('CHECKBOX'), c: property('ARRAY', items) }
  const { violations } = checkProps(properties, { a: 'x', b: 1, z: 0 })
  expect(violations.map((one) => one.path)).toEqual(['props.z', 'props.a', 'props.b', 'props.c'])
  const many = checkProps(properties, { a: 1, b: true, c: new Array(50_000).fill({ n: 'x' }) }).violations
  expect(many).toHaveLength(101)
  expect(many.at(-1)).toEqual({ path: '…', message: 'and 49900 more' })
})

test('values that are not an object are no properties', () => {
  for (const values of [[], 'x', 5, new Uint8Array(1)])
    expect(checkProps({}, values).violations).toEqual([
      { path: 'props', message: expect.stringMatching(/expected an object/) },
    ])
})

test('a key of the prototype is neither a property nor a value', () => {
  const { violations } = checkProps({ a: property('JSON') }, JSON.parse('{"a":1,"__proto__":{},"toString":1}'))
  expect(violations.map((one) => one.path)).toEqual(['props.__proto__', 'props.toString'])
  expect(checkProps({ toString: property('JSON') } as never, {}).violations).toEqual([
    { path: 'props.toString', message: 'is required' },
  ])
})

test('a message never repeats the value: it may be a secret', () => {
  const { violations } = checkProps({ a: property('NUMBER'), b: property('OBJECT') }, { a: 's3cr3t', b: 's3cr3t' })
  expect(JSON.stringify(violations)).not.toContain('s3cr3t')
})

test('bytes of a file are handed out to be stored, at any depth', () => {
  const properties = { f: property('FILE'), l: property('ARRAY', { properties: { f: property('FILE') } }) }
  const { props, uploads, violations } = checkProps(properties, {
    f: { filename: 'a', data: Uint8Array.of(1, 2) },
    l: [{ f: { filename: 'b', mediaType: 'image/png', data: 'AQID' } }],
  })
  expect(violations).toEqual([])
  expect(uploads.map(({ filename, mediaType, data }) => ({ filename, mediaType, data: [...data] }))).toEqual([
    { filename: 'a', mediaType: 'application/octet-stream', data: [1, 2] },
    { filename: 'b', mediaType: 'image/png', data: [1, 2, 3] },
  ])
  uploads.forEach(({ filename, mediaType, data, replace }, i) => {
    replace({ filename, mediaType, size: data.length, reference: `ref${i}` })
  })
  expect(props).toEqual({
    f: { filename: 'a', mediaType: 'application/octet-stream', size: 2, reference: 'ref0' },
    l: [{ f: { filename: 'b', mediaType: 'image/png', size: 3, reference: 'ref1' } }],
  })
})
