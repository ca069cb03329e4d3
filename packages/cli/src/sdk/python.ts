/** @module python: the package `ap-piece`: a folder of sources that a build reads as it is. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '../child.ts'
import { carriedSdk } from '../toolchain/python/packages.ts'
import type { Sdk } from './index.ts'

const REGISTRY_TIMEOUT_MS = 5_000

/** Compares each file of the package in the wheel, both ways; says `same`. */
const COMPARE = `
import glob, os, sys, zipfile
wheels, source = sys.argv[1:]
(path,) = glob.glob(os.path.join(wheels, "*.whl"))
wheel = zipfile.ZipFile(path)
theirs = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
ours = {}
for folder, _, files in os.walk(os.path.join(source, "ap_piece")):
    for name in files:
        if not name.endswith(".pyc"):
            place = os.path.join(folder, name)
            ours[os.path.relpath(place, source).replace(os.sep, "/")] = open(place, "rb").read()
print("same" if ours == theirs else "different")
`

export const python: Sdk = {
  packed: async () => carriedSdk(),

  async isPublished(world, packed) {
    const version = /^version = "(.+)"$/m.exec(await readFile(join(packed, 'pyproject.toml'), 'utf8'))?.[1] ?? ''
    const wheels = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
    try {
      const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--retries=0']
      const timed = { timeoutMs: REGISTRY_TIMEOUT_MS }
      const fetched = await runChild(world, 'python3', [...args, '--dest', wheels, `ap-piece==${version}`], timed)
      if (fetched.code !== 0) return false
      const compared = await runChild(world, 'python3', ['-c', COMPARE, wheels, join(packed, 'src')])
      return compared.stdout.trim() === 'same'
    } finally {
      await rm(wheels, { recursive: true, force: true })
    }
  },

  async depend(folder, copy) {
    const file = join(folder, 'requirements.txt')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/^ap-piece\b.*$/m, `./${copy}`))
  },
}
