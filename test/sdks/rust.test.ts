/** The Rust SDK by its own tools, and its bindings against what the generator makes of the contract. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sdk = join(root, 'sdks/rust')
const TARGET = join(root, '.cache/rust')
const LONG_MS = 600_000

const cargo = (...args: string[]) =>
  spawnSync('cargo', args, { cwd: sdk, encoding: 'utf8', env: { ...process.env, CARGO_TARGET_DIR: TARGET } })

const here = cargo('--version').status === 0
if (!here && process.env.AP_WASM_TOOLCHAINS === 'required') throw new Error('cargo is missing: doctor names its line')

describe.skipIf(!here)(here ? 'the Rust SDK' : 'the Rust SDK (cargo is missing)', () => {
  test(
    'passes its own tests, with MessagePack and without',
    () => {
      for (const features of [[], ['--features', 'msgpack']]) {
        const { status, stdout, stderr } = cargo('test', '--quiet', ...features)
        expect(status, `${stdout}\n${stderr}`).toBe(0)
      }
    },
    LONG_MS,
  )

  test(
    'documents each public item, and every link leads somewhere',
    () => {
      const { status, stderr } = cargo('doc', '--no-deps', '--all-features', '--quiet')
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    },
    LONG_MS,
  )

  test(
    'has the bindings that the generator makes of the contract',
    () => {
      const made = mkdtempSync(join(tmpdir(), 'ap-wasm-bindings-'))
      try {
        const manifest = join(root, 'scripts/bindings/Cargo.toml')
        const args = ['run', '--quiet', '--manifest-path', manifest, '--', join(root, 'wit'), 'rust', made]
        const { status, stderr } = cargo(...args)
        expect(status, stderr).toBe(0)
        expect(readFileSync(join(made, 'piece.rs'), 'utf8')).toBe(
          readFileSync(join(sdk, 'ap-piece/src/bindings.rs'), 'utf8'),
        )
      } finally {
        rmSync(made, { recursive: true, force: true })
      }
    },
    LONG_MS,
  )
})
