/** The Rust toolchain and its template, where the tools are here. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rust as sdk } from '../../packages/cli/src/sdk/rust.ts'
import { toolchainOf } from '../../packages/cli/src/toolchain/index.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { built } from '../built.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { runner } from '../typescript/run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const options = { cacheFolder: TOOL_CACHE }
const lack = await lacking('rust')
const LONG_MS = 900_000

/** As `ap-wasm init` makes it. */
async function newPiece(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-rust-'))
  const left = /[\\/](target|dist|Cargo\.lock)$/
  await cp(join(root, 'templates/rust'), folder, { recursive: true, filter: (source) => !left.test(source) })
  await sdk.packed(undefined as never, join(folder, '.ap-wasm/sdk'))
  await sdk.depend(folder, '.ap-wasm/sdk/rust')
  return folder
}

describe.skipIf(lack !== undefined)(lack ?? 'Rust', { timeout: LONG_MS }, () => {
  let folder: string
  let component: Uint8Array
  const build = () => toolchainOf('rust').build(folder, options)
  const change = async (file: string, edit: (text: string) => string) => {
    const path = join(folder, file)
    const text = await readFile(path, 'utf8')
    await writeFile(path, edit(text))
    return () => writeFile(path, text)
  }

  beforeAll(async () => {
    folder = await newPiece()
  }, LONG_MS)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('the template is small, and every byte is accounted for', async () => {
    const made = await build()
    component = made.component
    expect(component.length).toBeLessThan(300_000)
    expect(made.parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(component.length)
    expect(made.parts.map((part) => part.name)).toEqual(expect.arrayContaining(['ap_piece', 'std', 'my_piece', 'data']))
    expect(made.tools).toEqual({ rustc: expect.stringMatching(/^\d+\.\d+\.\d+$/), 'ap-piece': '0.1.0' })
  })

  test('the same source gives the same bytes in another folder, and none of this machine’s', async () => {
    const other = await newPiece()
    try {
      const again = (await toolchainOf('rust').build(other, options)).component
      expect(Buffer.compare(component, again)).toBe(0)
    } finally {
      await rm(other, { recursive: true, force: true })
    }
    for (const path of [folder, root.slice(0, -1), TOOL_CACHE, process.env.HOME!])
      expect(Buffer.from(component).includes(path), path).toBe(false)
  })

  test('the template describes itself as that in TypeScript does', async () => {
    const typescript = await built('templates/typescript', 'typescript')
    const described = []
    for (const bytes of [component, typescript]) {
      const { value } = await runner(bytes)('describe', [])
      const { sdk: _, ...rest } = value
      described.push(rest)
    }
    expect(described[0]).toEqual(described[1])
  })

  test('what the piece does not use is not imported', async () => {
    const back = await change(
      'src/lib.rs',
      () => `use ap_piece::prelude::*;
#[derive(Props)] struct Number { n: f64 }
#[action(auth = false)] fn double(props: Number) -> Result<f64> { Ok(props.n * 2.0) }
ap_piece::piece! { Piece::new("Small"); actions: double; }
`,
    )
    const { component: small } = await build()
    await back()
    expect(small.length).toBeLessThan(200_000)
    const names = parseComponent(small).imports.filter((one) => one.functions.size > 0)
    // std asks the environment how a panic is to be told.
    const plain = names.map((one) => one.name.replace(/@.*/, ''))
    expect(plain).toEqual(['wasi:cli/environment', 'wasi:logging/logging'])
  })

  test.each([
    [
      'a compile error, in the words of the compiler',
      'src/words.rs',
      (text: string) => `${text}\nfn f() -> u8 { "a" }\n`,
      /expected `u8`, found `&str`/,
    ],
    ['a package that is no cdylib', 'Cargo.toml', (text: string) => text.replace('"cdylib"', '"rlib"'), /no cdylib/],
    ['a crate without a piece', 'src/lib.rs', () => 'pub fn nothing() {}\n', /no piece/],
  ])('%s', async (_name, file, edit, expected) => {
    const back = await change(file, edit)
    const error = await build().catch((thrown) => thrown)
    await back()
    expect(error).toMatchObject({ name: 'CliError', exit: 1 })
    expect([error.message, ...error.details].join('\n')).toMatch(expected)
  })
})
