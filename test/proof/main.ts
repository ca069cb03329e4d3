/**
 * `npm run proof [-- --minutes 60]`: the figures of the claim, each with the number of cases behind it: a soak with bombs as
 * long as it is told, neighbours beside hogs, hostile uploads, and the security suites themselves. Writes docs/proof.md
 * with its plot.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { neighbours } from './neighbours.ts'
import { soakPieces } from './pieces.ts'
import { type Proof, proofPage, proofPlot } from './report.ts'
import { soak } from './soak.ts'
import { uploads } from './uploads.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } })
const seconds = Number(values.minutes) * 60

/** Cases of each security suite, run now. */
function suites(): Proof['suites'] {
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-proof-'))
  const out = join(folder, 'vitest.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const paths = ['test/security', 'test/fuel/hostile.test.ts', 'test/fuel/runaway.test.ts']
  spawnSync(process.execPath, [vitest, 'run', ...paths, '--reporter=json', `--outputFile=${out}`], {
    cwd: root,
    stdio: 'inherit',
  })
  const { testResults } = JSON.parse(readFileSync(out, 'utf8')) as {
    testResults: { name: string; status: string; assertionResults: { status: string }[] }[]
  }
  rmSync(folder, { recursive: true })
  return testResults
    .map(({ name, status, assertionResults }) => ({
      suite: name.slice(root.length),
      passed: assertionResults.filter(({ status }) => status === 'passed').length,
      // One that could not be read has no case.
      failed: assertionResults.filter((one) => one.status === 'failed').length || Number(status === 'failed'),
    }))
    .toSorted((a, b) => a.suite.localeCompare(b.suite))
}

const at = new Date().toISOString()
const load = () => Math.round(loadavg()[1]! * 10) / 10
const before = load()
console.log(`soak of ${seconds} s …`)
const soaked = await soak({
  ...{ seconds, atOnce: 8, bombs: true, pieces: await soakPieces() },
  onSample: ({ atS, supervisorBytes, p99Ms, calls }) => {
    if (atS % 30 === 0)
      console.log(`${atS} s: ${calls} calls, ${Math.round(supervisorBytes / 2 ** 20)} MiB, p99 ${Math.round(p99Ms)} ms`)
  },
})
console.log('neighbours …')
const beside = await neighbours()
console.log('uploads …')
const uploaded = await uploads()
console.log('suites …')
const proof: Proof = {
  at,
  machine: { cores: cpus().length, loadBefore: before, loadAfter: load() },
  seconds,
  soaked,
  ...{ neighbours: beside, uploads: uploaded, suites: suites() },
}
writeFileSync(join(root, 'docs/proof.md'), proofPage(proof))
writeFileSync(join(root, 'docs/proof.svg'), proofPlot(proof))
process.exit(proof.suites.some(({ failed }) => failed > 0) ? 1 : 0)
