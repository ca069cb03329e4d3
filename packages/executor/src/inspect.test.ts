import { beforeAll, describe, expect, test } from 'vitest'
import { DESCRIPTION, type Fixture, pieceComponent } from '../../../test/fixture.ts'
import { digestOf } from './digest.ts'
import type { ProgramProduct } from './engine.ts'
import { PieceError } from './errors.ts'
import { runChild } from './inspect/child.ts'
import { type InspectOptions, inspect } from './inspect.ts'
import { embedManifest, MANIFEST_SECTION, type Manifest } from './manifest.ts'
import { appendSection } from './piece/custom-sections.ts'

const MANIFEST = {
  name: '@acme/fixture',
  version: '0.1.0',
  language: 'wat',
  description: DESCRIPTION,
} as unknown as Manifest
const artifactOf = async (fixture: Fixture = {}, more: object = {}): Promise<Uint8Array> =>
  embedManifest(await pieceComponent(fixture), { ...MANIFEST, ...more })

let artifact: Uint8Array
beforeAll(async () => {
  artifact = await artifactOf()
})

async function reasonsOf(bytes: Uint8Array, options: InspectOptions = {}): Promise<readonly string[]> {
  try {
    await inspect(bytes, options)
  } catch (error) {
    if (error instanceof PieceError && error.code === 'AP_INVALID_COMPONENT')
      return (error.fields as { reasons: readonly string[] }).reasons
    throw error
  }
  return []
}

test('an artifact is read, measured and built once', async () => {
  const { sizes, ...inspection } = await inspect(artifact)
  expect(inspection).toEqual({
    digest: digestOf(artifact),
    bytes: artifact.length,
    manifest: MANIFEST,
    imports: [{ name: 'ap:piece/types@0.1.0', functions: [] }],
    exports: [{ name: 'ap:piece/handler@0.1.0', functions: ['describe', 'init', 'action', 'trigger', 'resolve'] }],
    warnings: [],
  })
  expect(sizes.reduce((sum, one) => sum + one.bytes, 0)).toBe(artifact.length)
  expect(sizes.map((one) => one.part)).toContain('manifest')
})

test('what is asked and not imported is a warning', async () => {
  const asks = await artifactOf({}, { capabilities: { http: ['https://a.example'], store: ['flow'] } })
  expect((await inspect(asks)).warnings).toEqual(['asked for in piece.json, but not imported: http, store'])
})

const IMPORTS: [capability: string, imported: Fixture, ask: object][] = [
  [
    'store',
    { imports: '(import "ap:piece/store@0.1.0" "delete" (func (param i32 i32 i32 i32)))' },
    { store: ['flow'] },
  ],
  [
    'files',
    { imports: '(import "ap:piece/files@0.1.0" "read" (func (param i32 i32 i64 i32 i32)))' },
    { files: ['read'] },
  ],
  ['run', { imports: '(import "ap:piece/run@0.1.0" "wait-until" (func (param i64 i32)))' }, { run: ['wait'] }],
  [
    'http',
    {
      imports: '(import "wasi:http/outgoing-handler@0.2.12" "handle" (func (param i32 i32 i32 i32)))',
    },
    { http: ['https://a.example'] },
  ],
]

test.each(IMPORTS)(
  'an import of %s is refused, called or not, unless piece.json asks',
  async (capability, fixture, ask) => {
    const reason = new RegExp(`piece\\.json does not ask for "${capability}"; add capabilities\\.${capability}`)
    expect(await reasonsOf(await artifactOf(fixture))).toEqual([expect.stringMatching(reason)])
    expect((await inspect(await artifactOf(fixture, { capabilities: ask }))).warnings).toEqual([])
  },
)

test('every reason is told at once', async () => {
  const bytes = appendSection(
    await pieceComponent({ definitions: '(memory 1)' }),
    MANIFEST_SECTION,
    new TextEncoder().encode(
      JSON.stringify({ ...MANIFEST, version: '1', description: { ...DESCRIPTION, encoding: 'x' } }),
    ),
  )
  const reasons = await reasonsOf(bytes)
  for (const part of [/version: /, /description: encoding/, /memor/])
    expect(reasons).toContainEqual(expect.stringMatching(part))
})

describe('describe', () => {
  const saying = (value: unknown) => async (): Promise<unknown> => structuredClone(value)
  test('is given the product and must say what the manifest says', async () => {
    let product: ProgramProduct | undefined
    await inspect(artifact, {
      describe: async (given) => {
        product = given
        return structuredClone(DESCRIPTION)
      },
    })
    expect(product).toMatchObject({ digest: digestOf(artifact), memoryBytes: 131_072 })
    expect(product!.modules).toHaveLength(1)
    expect((await product!.modules[0]!.bytes()).length).toBeGreaterThan(500)
  })
  test('may order its keys otherwise', async () => {
    const reordered = Object.fromEntries(Object.entries(DESCRIPTION).reverse())
    expect(await reasonsOf(artifact, { describe: saying(reordered) })).toEqual([])
  })
  const differing: [name: string, value: unknown, at: string][] = [
    ['another text', { ...DESCRIPTION, displayName: 'Innocent' }, '$.displayName'],
    [
      'an action more',
      { ...DESCRIPTION, actions: { ...DESCRIPTION.actions, wipe: DESCRIPTION.actions.echo } },
      '$.actions.wipe',
    ],
    ['an action less', { ...DESCRIPTION, actions: {} }, '$.actions.echo'],
    ['a key more', { ...DESCRIPTION, auth: [] }, '$.auth'],
    ['a list instead of a record', { ...DESCRIPTION, triggers: [] }, '$.triggers'],
    ['nothing', null, '$'],
  ]
  test.each(differing)('refused: %s', async (_name, value, at) => {
    expect(await reasonsOf(artifact, { describe: saying(value) })).toEqual([
      expect.stringContaining(`differs from the manifest's description at ${at};`),
    ])
  })
  test('refused: a piece that traps in it', async () => {
    const describe = async (): Promise<unknown> => {
      throw new PieceError('AP_TRAPPED', { detail: 'unreachable' })
    }
    expect(await reasonsOf(artifact, { describe })).toEqual(['describe fails: unreachable'])
  })
  test('a fault of the host is no reason against the piece', async () => {
    const describe = async (): Promise<unknown> => {
      throw new PieceError('AP_NO_CELL', { detail: 'none' })
    }
    await expect(inspect(artifact, { describe })).rejects.toMatchObject({ code: 'AP_NO_CELL' })
  })
})

describe('the child', () => {
  test('is killed at its deadline', async () => {
    await expect(runChild('inspect', artifact, { deadlineMs: 1 })).rejects.toMatchObject({
      fields: { reasons: ['its inspection took longer than 1 ms'] },
    })
  })
  // Skipped off Linux: elsewhere the system does not tell the CPU of another process.
  test.skipIf(process.platform !== 'linux')('that gets no CPU is no fault of the bytes', async () => {
    await expect(runChild('inspect', artifact, { deadlineMs: 1, busyMs: 0 })).rejects.toMatchObject({
      code: 'AP_NO_CELL',
      message: expect.stringContaining('too busy'),
    })
  })
  // Skipped off Linux: only there does prlimit bound the child's memory, WebAssembly's included.
  test.skipIf(process.platform !== 'linux')('ends where its memory does', async () => {
    await expect(runChild('inspect', artifact, { memoryBytes: 48 * 2 ** 20 })).rejects.toMatchObject({
      fields: { reasons: [`its inspection needed more than ${48 * 2 ** 20} bytes of memory`] },
    })
  })
  test('is killed when the caller goes away', async () => {
    const abort = new AbortController()
    const work = runChild('inspect', artifact, { signal: abort.signal })
    abort.abort(new Error('gone'))
    await expect(work).rejects.toThrow('gone')
  })
  test('leaves its place to the next, whatever happened', async () => {
    const works = Array.from({ length: 6 }, (_, i) => reasonsOf(i % 2 === 0 ? artifact : new Uint8Array()))
    expect((await Promise.all(works)).map((reasons) => reasons.length)).toEqual([0, 1, 0, 1, 0, 1])
  })
})
