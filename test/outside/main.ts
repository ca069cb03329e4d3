/**
 * `npm run conformance`: runs the suites that the tree holds and writes down what became of each file; with a suite's name
 * and a folder, those of a checkout. `docs/conformance.md` is made of that.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Results, resultsFile, SUITES, type Suite, type SuiteName, scriptsOf } from './suites.ts'
import type { Verdict } from './verdict.ts'

const [name, folder] = process.argv.slice(2)
if (name !== undefined && !(name in SUITES && folder !== undefined)) {
  console.error(
    `usage: npm run conformance [-- <suite> <folder of a checkout>]; suites: ${Object.keys(SUITES).join(', ')}`,
  )
  process.exit(2)
}

const before = (() => {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8')) as Partial<Results>
  } catch {
    return {}
  }
})()
const now: Record<string, Record<string, Verdict>> = { ...before }
for (const one of Object.keys(SUITES) as SuiteName[]) {
  const suite: Suite = SUITES[one]
  if (name === undefined ? suite.pattern !== undefined : one !== name) continue
  const verdicts: Record<string, Verdict> = {}
  for (const { file, text } of scriptsOf(one, folder)) {
    const verdict = await suite.run(text)
    verdicts[file] = verdict
    for (const failure of verdict.failed) console.log(`${one}/${file}:${failure}`)
  }
  const all = Object.values(verdicts)
  const passed = all.reduce((sum, { passed: count }) => sum + count, 0)
  console.log(`${one}: ${all.length} files, ${passed} steps pass, ${all.flatMap(({ failed }) => failed).length} fail`)
  now[one] = verdicts
}
/** A line a file, so that a difference is read. */
const text = (Object.keys(SUITES) as SuiteName[])
  .map((one) => {
    const lines = Object.entries(now[one] ?? {}).map(
      ([file, verdict]) => `    ${JSON.stringify(file)}: ${JSON.stringify(verdict)}`,
    )
    return `  ${JSON.stringify(one)}: {\n${lines.join(',\n')}\n  }`
  })
  .join(',\n')
writeFileSync(resultsFile, `{\n${text}\n}\n`)
const root = fileURLToPath(new URL('../../', import.meta.url))
const { status } = spawnSync(process.execPath, [...process.execArgv, 'scripts/generate.ts'], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
