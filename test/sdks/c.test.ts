/** The C SDK's bindings against what the generator makes of the contract. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const LONG_MS = 600_000

const here = spawnSync('cargo', ['--version']).status === 0
if (!here && process.env.AP_WASM_TOOLCHAINS === 'required') throw new Error('cargo is missing: doctor names its line')

describe.skipIf(!here)(here ? 'the C SDK' : 'the C SDK (cargo is missing)', () => {
  test(
    'has the bindings that the generator makes of the contract',
    () => {
      const made = mkdtempSync(join(tmpdir(), 'ap-wasm-bindings-'))
      try {
        const manifest = join(root, 'scripts/bindings/Cargo.toml')
        const args = ['run', '--quiet', '--manifest-path', manifest, '--', join(root, 'wit'), 'c', made]
        const env = { ...process.env, CARGO_TARGET_DIR: join(root, '.cache/rust') }
        const { status, stderr } = spawnSync('cargo', args, { cwd: root, encoding: 'utf8', env })
        expect(status, stderr).toBe(0)
        for (const name of ['piece.c', 'piece.h'])
          expect(readFileSync(join(made, name), 'utf8')).toBe(readFileSync(join(root, 'sdks/c/bindings', name), 'utf8'))
      } finally {
        rmSync(made, { recursive: true, force: true })
      }
    },
    LONG_MS,
  )
})
