/**
 * `npm run conformance`: runs the suites that the tree holds and writes down what became of each file; with a suite's name
 * that one, in the folder of a checkout if it is not in the tree. `docs/conformance.md` is made of that.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { casesOf, type Results, resultsFile, SUITES, type Suite, type SuiteName } from './suites.ts'
import type { Verdict } from './verdict.ts'

const [name, folder] = process.argv.slice(2)
const isKnown = name === undefined || Object.hasOwn(SUITES, name)
if (!isKnown || (name !== undefined && SUITES[name as SuiteName].where === 'folder' && folder === undefined)) {
  console.error(`usage: npm run conformance [-- <suite> [<folder>]]; suites: ${Object.keys(SUITES).join(', ')}`)
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
  if (name === undefined ? suite.where === 'folder' : one !== name) continue
  const verdicts: Record<string, Verdict> = {}
  const cases = casesOf(one, folder)
  if (cases.length === 0) {
    console.log(`${one}: nothing to run${suite.where === 'built' ? '; `npm run toolchains` builds it' : ''}`)
    continue
  }
  for (const { file, run } of cases) {
    const verdict = await run()
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
