/** A toolchain with the target wasm32-wasip2, played by two scripts: what is asked of them, and what becomes of their component. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { toolchainOf } from '../../packages/cli/src/toolchain/index.ts'
import { findRust } from '../../packages/cli/src/toolchain/rust/tools.ts'
import { binaryOf } from '../../packages/executor/src/wasm-tools.ts'

let home: string
let folder: string

const script = async (name: string, text: string) => {
  const file = join(home, 'bin', name)
  await writeFile(file, `#!/bin/sh\n${text}`)
  await chmod(file, 0o755)
}

/** As wasm-component-ld makes it: a component around a module that still has its names. */
const COMPONENT = `(component (core module
  (func $_ZN8my_piece3run17h0E (drop (i32.const 1)))
  (memory 1) (data (i32.const 0) "12345678")))`

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ap-wasm-rustup-'))
  folder = join(home, 'piece')
  const std = join(home, 'sysroot/lib/rustlib/wasm32-wasip2/lib')
  for (const one of [std, join(home, 'bin'), folder]) await mkdir(one, { recursive: true })
  await writeFile(join(home, 'made.wasm'), await binaryOf(COMPONENT))
  await writeFile(join(folder, 'Cargo.toml'), '[package]\nname = "piece"\n')
  await script(
    'rustc',
    `case "$*" in
  *sysroot*) echo "${home}/sysroot" ;;
  *) printf 'rustc 1.99.0\\nrelease: 1.99.0\\n' ;;
esac\n`,
  )
  const message = {
    reason: 'compiler-artifact',
    manifest_path: join(folder, 'Cargo.toml'),
    target: { kind: ['cdylib'] },
    filenames: [join(home, 'made.wasm')],
  }
  await script(
    'cargo',
    `echo "$* [\${RUSTFLAGS-none}]" >> "${home}/asked"
case "$1" in
  --version) echo "cargo 1.99.0" ;;
  vendor) mkdir -p "$3" ;;
  metadata) echo '{"packages":[{"name":"ap-piece","version":"0.1.0","targets":[]}]}' ;;
  build) mkdir -p target; echo '${JSON.stringify(message)}' ;;
esac\n`,
  )
  vi.stubEnv('PATH', `${join(home, 'bin')}${delimiter}${process.env.PATH}`)
  vi.stubEnv('RUSTFLAGS', '-C of-the-author')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true, force: true })
})

test('the target that rustup brings is preferred to std of source', async () => {
  expect(await findRust(folder)).toMatchObject({ rustc: 'rustc', version: '1.99.0', target: 'wasm32-wasip2' })
})

test("cargo's component is taken as it is, but for names", async () => {
  const made = await toolchainOf('rust').build(folder, { cacheFolder: join(home, 'cache') })
  expect(Buffer.from(made.component).includes('my_piece')).toBe(false)
  expect([...made.component.subarray(4, 8)]).toEqual([0x0d, 0, 1, 0])
  expect(made.parts.map(({ name }) => name)).toEqual(expect.arrayContaining(['my_piece', 'data']))
  expect(made.parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(made.component.length)
  expect(made.tools).toEqual({ rustc: '1.99.0', 'ap-piece': '0.1.0' })
})

test('no flag stands in for the target, and the environment changes none', async () => {
  const asked = (await readFile(join(home, 'asked'), 'utf8')).split('\n').filter((line) => line.startsWith('build'))
  expect(asked).toHaveLength(2)
  for (const line of asked) {
    expect(line).toContain('--target wasm32-wasip2')
    expect(line).not.toMatch(/sysroot|linker|-Z/)
    expect(line).toContain('--remap-path-prefix=')
    expect(line).toMatch(/\[none\]$/)
  }
})
