import { beforeAll, describe, expect, test } from 'vitest'
import { DESCRIPTION, pieceComponent } from '../../../test/fixture.ts'
import { digestOf } from './digest.ts'
import { Refused } from './errors.ts'
import { LIMITS } from './limits.ts'
import {
  askOf,
  checkManifest,
  checkPieceJson,
  embedManifest,
  MANIFEST_SECTION,
  type Manifest,
  readManifest,
} from './manifest.ts'
import { appendSection, customSections } from './piece/custom-sections.ts'

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const MANIFEST = { name: 'fixture', version: '0.1.0', language: 'wat', description: DESCRIPTION } as unknown as Manifest
const withMore = (more: object): Manifest => ({ ...MANIFEST, ...more })

/** What custom sections hold, after a preamble: enough of a component for this module. */
let component: Uint8Array
beforeAll(async () => {
  component = await pieceComponent()
})

function reasons(work: () => unknown): readonly string[] {
  try {
    work()
  } catch (error) {
    if (error instanceof Refused) return error.reasons
    throw error
  }
  return []
}

describe('the section', () => {
  test('is read as it was embedded', () => {
    const manifest = withMore({
      readme: '# Über',
      icon: PNG.toBase64(),
      cases: [{ action: 'echo' }],
      tools: { wat: '1' },
    })
    expect(readManifest(embedManifest(component, manifest))).toEqual(manifest)
  })
  test('stands once, however often it is embedded, and the bytes are the same', () => {
    const once = embedManifest(component, MANIFEST)
    const twice = embedManifest(embedManifest(once, withMore({ readme: 'x' })), MANIFEST)
    expect(digestOf(twice)).toBe(digestOf(once))
    expect(customSections(once, MANIFEST_SECTION)).toHaveLength(1)
  })
  test('does not depend on the order of keys', () => {
    const reversed = Object.fromEntries(Object.entries(MANIFEST).reverse()) as Manifest
    expect(digestOf(embedManifest(component, reversed))).toBe(digestOf(embedManifest(component, MANIFEST)))
  })
  test('leaves the rest of the component as it is', () => {
    const artifact = embedManifest(component, MANIFEST)
    expect(artifact.subarray(0, component.length)).toEqual(component)
  })

  const section = (body: Uint8Array, name = MANIFEST_SECTION): Uint8Array => {
    const other = appendSection(component.subarray(0, 8), name, body)
    return other.subarray(8)
  }
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  const refused: [name: string, bytes: () => Uint8Array, reason: RegExp][] = [
    ['none', () => component, /exactly one section "ap:piece\/manifest"; this one has none/],
    ['two', () => Buffer.concat([component, section(json(MANIFEST)), section(json(MANIFEST))]), /this one has 2/],
    ['another name', () => Buffer.concat([component, section(json(MANIFEST), 'ap:piece/manifesto')]), /has none/],
    [
      'no JSON',
      () => Buffer.concat([component, section(new TextEncoder().encode('{"a":'))]),
      /the manifest is no JSON/,
    ],
    [
      'a duplicate key',
      () => Buffer.concat([component, section(new TextEncoder().encode('{"name":"a","name":"b"}'))]),
      /\$\.name: the key stands twice/,
    ],
    ['no UTF-8', () => Buffer.concat([component, section(Uint8Array.of(0xff))]), /not UTF-8/],
    [
      'too large',
      () => Buffer.concat([component, section(new Uint8Array(2 ** 21 + 1))]),
      /2097153 bytes; 2097152 are allowed/,
    ],
    [
      'a section that runs past the end',
      () => Buffer.concat([component, Uint8Array.of(0, 0x7f)]),
      /past the end|runs past/,
    ],
    ['not an object', () => Buffer.concat([component, section(json([]))]), /must be an object/],
  ]
  test.each(refused)('refused: %s', (_name, bytes, reason) => {
    expect(reasons(() => readManifest(bytes()))).toEqual([expect.stringMatching(reason)])
  })
})

describe('the manifest', () => {
  const accepted: [name: string, more: object][] = [
    ['a scope', { name: '@acme/github-2' }],
    ['large versions', { version: '10.20.300' }],
    [
      'all it can ask',
      {
        capabilities: {
          http: ['https://api.example.com', 'https://*.example.com:8443', 'https://*', 'http://[::1]:80'],
          env: { A_1: {}, B: { required: false, description: 'x' } },
          store: ['flow', 'project'],
          files: ['read', 'write'],
          run: ['respond', 'stop', 'wait'],
        },
      },
    ],
    [
      'an origin of the connection',
      {
        capabilities: { http: ['{auth.props.url}'] },
        description: {
          ...DESCRIPTION,
          auth: [{ type: 'CUSTOM_AUTH', props: { url: { type: 'SHORT_TEXT', displayName: 'U', required: true } } }],
        },
      },
    ],
    [
      'limits at the ceiling',
      { limits: Object.fromEntries(Object.entries(LIMITS).map(([name, row]) => [name, row.ceiling])) },
    ],
    ['licence and places', { license: 'MIT', homepage: 'https://x.example', repository: 'https://x.example/r' }],
    ['an icon of 32 KiB', { icon: Buffer.concat([PNG, new Uint8Array(32 * 1024 - 8)]).toString('base64') }],
    ['a README of 64 KiB', { readme: 'x'.repeat(64 * 1024) }],
  ]
  test.each(accepted)('accepted: %s', (_name, more) => expect(checkManifest(withMore(more))).toEqual([]))

  const refused: [name: string, more: object, ...reasons: RegExp[]][] = [
    ['a name with ..', { name: '../etc' }, /^name: "\.\.\/etc" is no name/],
    ['a name with a second slash', { name: '@a/b/c' }, /^name: /],
    ['a name in capitals', { name: 'GitHub' }, /^name: /],
    ['a name with a dot', { name: 'a.b' }, /^name: /],
    ['a name of 65', { name: 'a'.repeat(65) }, /^name: /],
    ['a name that ends with a line', { name: 'a\n' }, /^name: /],
    ['a pre-release', { version: '1.0.0-beta' }, /^version: "1.0.0-beta" is not x\.y\.z/],
    ['two numbers', { version: '1.0' }, /^version: /],
    ['a leading zero', { version: '1.02.0' }, /^version: /],
    ['a v', { version: 'v1.0.0' }, /^version: /],
    ['a language that is none', { language: 'C plus plus' }, /^language: /],
    ['an unknown key', { author: 'x' }, /^author: is not a known key/],
    ['an unknown capability', { capabilities: { net: [] } }, /^capabilities\.net: is not a known key/],
    ['an origin without scheme', { capabilities: { http: ['api.example.com'] } }, /^capabilities\.http\[0\]: .*scheme/],
    ['any host in the clear', { capabilities: { http: ['http://*'] } }, /^capabilities\.http\[0\]: /],
    ['an origin with a path', { capabilities: { http: ['https://a.example/x'] } }, /^capabilities\.http\[0\]: .*path/],
    [
      'an origin twice',
      { capabilities: { http: ['https://a.example', 'https://a.example'] } },
      /^capabilities\.http: /,
    ],
    [
      'an origin of no connection',
      { capabilities: { http: ['{auth.props.url}'] } },
      /^capabilities\.http\[0\]: no connection .* "url"/,
    ],
    ['a variable that is no name', { capabilities: { env: { 'A B': {} } } }, /^capabilities\.env\["A B"\]: /],
    [
      'an unknown scope',
      { capabilities: { store: ['tenant'] } },
      /^capabilities\.store\[0\]: must be one of flow, project/,
    ],
    ['a limit over its ceiling', { limits: { wallMs: 600_001 } }, /^limits\.wallMs: must be <= 600000/],
    ['a limit of nothing', { limits: { fuel: 0 } }, /^limits\.fuel: must be >= 1/],
    ['half an instruction', { limits: { fuel: 1.5 } }, /^limits\.fuel: must be a whole number/],
    ['an unknown limit', { limits: { disk: 1 } }, /^limits\.disk: is not a known key/],
    ['a README over 64 KiB', { readme: 'ü'.repeat(32 * 1024 + 1) }, /^readme: has 65538 bytes; 65536 are allowed/],
    [
      'an icon over 32 KiB',
      { icon: Buffer.concat([PNG, new Uint8Array(32 * 1024)]).toString('base64') },
      /^icon: has 32776 bytes/,
    ],
    ['an icon that is a script', { icon: Buffer.from('<svg onload=alert(1)>').toString('base64') }, /^icon: is no PNG/],
    ['an icon that is no base64', { icon: '!' }, /^icon: is no base64/],
    ['cases over 256 KiB', { cases: [{ x: 'y'.repeat(256 * 1024) }] }, /^cases: has \d+ bytes/],
    [
      'a description over 1 MiB',
      {
        description: {
          ...DESCRIPTION,
          actions: { a: { ...DESCRIPTION.actions.echo, sampleOutput: 'x'.repeat(2 ** 20) } },
        },
      },
      /^description: has \d+ bytes; 1048576/,
    ],
    [
      'a description that is none',
      { description: { ...DESCRIPTION, encoding: 'x' } },
      /^description: encoding: must be one of json, msgpack/,
    ],
    [
      'several faults at once',
      { name: 'X', version: '1', limits: { fuel: -1 } },
      /^name: /,
      /^version: /,
      /^limits\.fuel: /,
    ],
  ]
  test.each(refused)('refused: %s', (_name, more, ...expected) => {
    expect(checkManifest(withMore(more))).toEqual(expected.map((one) => expect.stringMatching(one)))
  })
  test('refused: nothing at all', () => {
    expect(checkManifest({}).map((one) => one.split(':')[0])).toEqual(['name', 'version', 'language', 'description'])
    expect(reasons(() => embedManifest(component, {} as Manifest))).toHaveLength(4)
  })
})

test('piece.json may name its schema; the artifact does not', () => {
  const piece = { $schema: './piece.schema.json', name: 'a', version: '1.0.0', language: 'rust' }
  expect(checkPieceJson(piece).all()).toEqual([])
  expect(checkManifest({ ...MANIFEST, $schema: 'x' })).toEqual(['$schema: is not a known key'])
})

test('what is asked has nothing left open', () => {
  expect(askOf({})).toEqual({ http: [], env: {}, store: [], files: [], run: [] })
  expect(askOf({ capabilities: { env: { A: {}, B: { required: false, description: 'b' } } } }).env).toEqual({
    A: { required: true },
    B: { required: false, description: 'b' },
  })
})
