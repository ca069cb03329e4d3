// Writes what the released packages are made of, in CycloneDX, from the lock file: `npm run sbom [-- <file>]`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What is published to npm. */
const RELEASED = ['packages/executor', 'packages/cli', 'sdks/typescript'].map(
  (folder) => JSON.parse(readFileSync(new URL(`../${folder}/package.json`, import.meta.url), 'utf8')).name,
)
const target = process.argv[2] ?? 'dist/sbom.cdx.json'
const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only']
const { status, stdout, stderr } = spawnSync('npm', [...args, ...RELEASED.flatMap((name) => ['--workspace', name])], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
})
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
