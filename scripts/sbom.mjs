// Writes what the released packages are made of, in CycloneDX, from the lock file: `npm run sbom [-- <file>]`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What is published to npm. */
const RELEASED = ['packages/executor', 'packages/cli', 'sdks/typescript'].map(
  (folder) => JSON.parse(readFileSync(new URL(`../${folder}/package.json`, import.meta.url), 'utf8')).name,
)
const root = new URL('../', import.meta.url)
const read = (file) => JSON.parse(readFileSync(new URL(file, root), 'utf8'))
const target = process.argv[2] ?? 'dist/sbom.cdx.json'

// npm names nothing without a version, and what is never published has none: the lock file is read in a copy that gives it one.
const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-sbom-'))
const lock = read('package-lock.json')
for (const [path, one] of Object.entries(lock.packages)) {
  if (path.includes('node_modules/')) continue
  one.version ??= '0.0.0'
  mkdirSync(join(folder, path), { recursive: true })
  const file = join(path, 'package.json')
  writeFileSync(join(folder, file), JSON.stringify({ version: '0.0.0', ...read(file) }))
}
writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only']
const { status, stdout, stderr } = spawnSync('npm', [...args, ...RELEASED.flatMap((name) => ['--workspace', name])], {
  cwd: folder,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
})
rmSync(folder, { recursive: true })
if (status !== 0) {
  console.error(stderr)
  process.exit(status ?? 1)
}
const sbom = JSON.parse(stdout)
// npm notes from where a package came here: a mirror is nobody's business.
for (const component of sbom.components) {
  component.externalReferences = component.externalReferences?.filter(({ type }) => type !== 'distribution')
}
mkdirSync(dirname(target), { recursive: true })
writeFileSync(target, `${JSON.stringify(sbom, null, 2)}\n`)
console.log(`${target}: ${sbom.components.length} components`)
