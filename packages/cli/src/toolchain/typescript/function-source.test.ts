import * as esbuild from 'esbuild'
import { expect, test } from 'vitest'
import { dropSources, ownedText } from './function-source.ts'

const FILES: Record<string, string> = {
  entry: `import './sdk.js'; import './src.js'`,
  './sdk.js': `globalThis.sdk = () => 'ours'; globalThis.same = () => 'same'`,
  './src.js': `globalThis.src = () => 'théirs'; globalThis.alike = () => 'same'`,
}

async function bundled(lineLimit: number) {
  const { outputFiles } = await esbuild.build({
    entryPoints: ['entry'],
    bundle: true,
    write: false,
    outfile: 'out.js',
    minifyWhitespace: true,
    lineLimit,
    charset: 'utf8',
    sourcemap: 'external',
    plugins: [
      {
        name: 'files',
        setup(build) {
          build.onResolve({ filter: /.*/ }, ({ path }) => ({ path, namespace: 'x' }))
          build.onLoad({ filter: /.*/ }, ({ path }) => ({ contents: FILES[path]! }))
        },
      },
    ],
  })
  const [map, script] = outputFiles.map((file) => file.text)
  return { script: script!, map: JSON.parse(map!) }
}

test.each([20, 1000])('a script of lines of %i is taken apart by whose it is', async (lineLimit) => {
  const { script, map } = await bundled(lineLimit)
  const { own, others } = ownedText(script, map, (file) => !file.includes('src'))
  expect(own).toContain('ours')
  expect(own).not.toContain('théirs')
  expect(others).toContain('théirs')
  expect(others).not.toContain('ours')
  expect(own.length + others.length).toBeGreaterThanOrEqual(script.length)
})

const HEAP_BASE = 64
const RECORD = 200
const TEXT = 256

/** A function's record: its length, two words, where its text is; and the text. */
function image(text: string): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(1024)
  const view = new DataView(bytes.buffer)
  const source = Buffer.from(text)
  bytes.set(source, TEXT)
  view.setUint32(RECORD, source.length, true)
  view.setUint32(RECORD + 12, TEXT, true)
  return { bytes, view }
}

test('a function of ours loses its text, and its record says that there is none', () => {
  const { bytes } = image('()=>"öurs"')
  expect(dropSources(bytes, HEAP_BASE, { own: 'x=()=>"öurs";', others: '' })).toBe(11)
  expect(bytes.every((byte) => byte === 0)).toBe(true)
})

test.each<[string, string, string, (view: DataView) => void]>([
  ['of the author', 'x', 'y=()=>"them"', () => {}],
  ['that both have', 'x=()=>"them"', 'y=()=>"them"', () => {}],
  ['of another length', 'x=()=>"them"', '', (view) => view.setUint32(RECORD, 9, true)],
  ['that goes on', 'x=()=>"them"', '', (view) => view.setUint8(TEXT + 10, 65)],
  ['that begins in a block', 'x=()=>"them"', '', (view) => view.setUint32(RECORD + 12, TEXT + 1, true)],
  ['outside of the heap', 'x=()=>"them"', '', (view) => view.setUint32(RECORD + 12, 8, true)],
  ['beyond the memory', 'x=()=>"them"', '', (view) => view.setUint32(RECORD + 12, 0xffff_fff8, true)],
])('a text %s stays', (_name, own, others, change) => {
  const { bytes, view } = image('()=>"them"')
  change(view)
  const before = bytes.slice()
  expect(dropSources(bytes, HEAP_BASE, { own, others })).toBe(0)
  expect(bytes).toEqual(before)
})
