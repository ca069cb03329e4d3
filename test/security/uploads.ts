/** @module uploads: what strangers may upload, each with the reason that it is refused for. */
import { parse } from '@bytecodealliance/jco'
import { leb } from '../../packages/executor/src/linker/reader.ts'
import { embedManifest, MANIFEST_SECTION, type Manifest } from '../../packages/executor/src/manifest.ts'
import { appendSection } from '../../packages/executor/src/piece/custom-sections.ts'
import { DESCRIPTION, type Fixture, pieceComponent } from '../fixture.ts'

const MANIFEST = {
  name: '@acme/fixture',
  version: '0.1.0',
  language: 'wat',
  description: DESCRIPTION,
} as unknown as Manifest
const artifactOf = async (fixture: Fixture = {}, more: object = {}): Promise<Uint8Array> =>
  embedManifest(await pieceComponent(fixture), { ...MANIFEST, ...more })

/** A good one. */
export const artifact = await artifactOf()

const section = (id: number, body: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([id, ...leb(body.length)]), body])
const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)
const CORE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
const component = (...sections: Uint8Array[]): Uint8Array => Buffer.concat([HEADER, ...sections])
/** Bytes that look like nothing, always the same. */
function garbage(bytes: number): Uint8Array {
  const out = new Uint32Array(bytes / 4)
  let state = 1
  for (let i = 0; i < out.length; i++) out[i] = state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return new Uint8Array(out.buffer)
}
/** `count` types, each made of the one before. */
const types = (count: number, first: number[], next: (i: number) => number[]): Uint8Array =>
  section(7, Uint8Array.from([...leb(count), ...first, ...Array.from({ length: count - 1 }, (_, i) => next(i)).flat()]))
/** A module of `count` functions that do nothing. */
function manyFunctions(count: number): Uint8Array {
  const bodies = Buffer.alloc(count * 3)
  for (let i = 0; i < count; i++) bodies.set([2, 0, 0x0b], i * 3)
  return Buffer.concat([
    CORE,
    section(1, Uint8Array.of(1, 0x60, 0, 0)),
    section(3, Buffer.concat([Uint8Array.from(leb(count)), Buffer.alloc(count)])),
    section(10, Buffer.concat([Uint8Array.from(leb(count)), bodies])),
  ])
}
const bomb = `(func (export "bomb") ${'(local i32 i32 i32 i32 i32 i32 i32 i32)'.repeat(625)} ${'(block '.repeat(900)}${'(block)'.repeat(20_000)}${')'.repeat(900)})`

export const HOSTILE_UPLOADS: [name: string, bytes: () => Uint8Array | Promise<Uint8Array>, reason: RegExp][] = [
  ['nothing', () => new Uint8Array(), /there are no bytes/],
  ['text', () => new TextEncoder().encode('hello'), /not WebAssembly/],
  ['WebAssembly text', () => new TextEncoder().encode(' (component)'), /WebAssembly text/],
  ['a core module', () => CORE, /core module, not a component/],
  ['a later version', () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0e, 0, 1, 0), /version that is not known/],
  ['20 MiB of garbage', () => garbage(20 * 2 ** 20), /not WebAssembly/],
  ['20 MiB of garbage after a header', () => component(garbage(20 * 2 ** 20)), /not valid/],
  ['an empty component', () => HEADER, /does not export ap:piece\/handler/],
  ['a component cut in half', () => artifact.subarray(0, artifact.length / 2), /not valid/],
  ['one byte less', () => artifact.subarray(0, -1), /not valid/],
  [
    '2,000 components in each other',
    () => {
      let inner: Uint8Array = HEADER
      for (let i = 0; i < 2_000; i++) inner = component(section(4, inner))
      return inner
    },
    /nested deeper/,
  ],
  [
    'a type of 2^60 leaves',
    () => component(types(60, [0x70, 0x7d], (i) => [0x6f, 2, ...leb(i), ...leb(i)])),
    /not valid|unfold/,
  ],
  ['900,000 types', () => component(types(900_000, [0x70, 0x7d], () => [0x70, 0x7d])), /not valid|allowed/],
  ['a list of 2^32-1 types', () => component(section(7, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f))), /not valid/],
  ['a million functions', () => component(section(1, manyFunctions(1_000_000))), /1,?000,?000 functions/],
  ['a compile bomb', () => artifactOf({ definitions: bomb }), /locals × blocks|locals/],
  ['a huge memory', () => artifactOf({ memory: '10000' }), /memoryBytes is/],
  [
    'a memory over the piece’s own limit',
    () => artifactOf({ memory: '3' }, { limits: { memoryBytes: 131072 } }),
    /begins with 196608 bytes of memory; limits\.memoryBytes of its piece\.json is 131072/,
  ],
  ['a second memory', () => artifactOf({ definitions: '(memory 1)' }), /second memory|2 memories|one memory/],
  ['a shared memory', () => artifactOf({ definitions: '(memory 1 1 shared)' }), /shared/],
  ['a 64-bit memory', () => artifactOf({ definitions: '(memory i64 1)' }), /indexed by 64 bits/],
  ['garbage-collected types', () => artifactOf({ definitions: '(type $a (array (mut i32)))' }), /GC|garbage|array/],
  ['a table of 10^6', () => artifactOf({ definitions: '(table 1000000 funcref)' }), /table/],
  ['a manifest in a component inside', async () => component(section(4, artifact)), /this one has none/],
  [
    'two manifests',
    () =>
      Buffer.concat([artifact, appendSection(HEADER, MANIFEST_SECTION, new TextEncoder().encode('{}')).subarray(8)]),
    /this one has 2/,
  ],
  [
    'a manifest with a name of ..',
    async () =>
      appendSection(
        await pieceComponent(),
        MANIFEST_SECTION,
        new TextEncoder().encode(JSON.stringify({ ...MANIFEST, name: '../../x' })),
      ),
    /manifest: name: "\.\.\/\.\.\/x" is no name/,
  ],
  [
    'an import with a wrong type',
    () =>
      parse('(component (import "wasi:random/random@0.2.3" (instance (export "get-random-u64" (func (result u32))))))'),
    /as func\(\) -> u32; it is func\(\) -> u64/,
  ],
  [
    'an import outside of the world',
    () => parse('(component (import "wasi:keyvalue/store@0.2.0" (instance (export "f" (func)))))'),
    /imports wasi:keyvalue\/store@0\.2\.0, which a piece cannot have/,
  ],
]
