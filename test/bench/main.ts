/**
 * @module bench/main: runs the benches of this folder, each in a process of its own, and says which targets are kept.
 *
 *     npm run bench                      all of them, as a table; the figures go to .cache/bench/<time>.json too
 *     npm run bench -- --only http       some of them (may be given several times)
 *     npm run bench -- --against main~5  each on that commit and on this tree in turn, medians side by side
 *     npm run bench -- --json            the figures as JSON instead of a table
 *     npm run bench -- --write           the table as docs/benchmarks.md
 */
import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compare, comparisonTable } from './against.ts'
import type { Figure } from './figure.ts'
import { type BenchRun, machine, page, table } from './report.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The other files of this folder are what benches are made of. */
const BENCHES = ['call', 'cells', 'http', 'upstream', 'first', 'hogs', 'fuel', 'memory'] as const

/** The figures of a bench of the tree at `folder`, measured in a fresh process. */
export function runBench(folder: string, name: string): Promise<Figure[]> {
  return new Promise((resolve, reject) => {
    let figures: Figure[] | undefined
    const child = fork(join(folder, 'test/bench/one.ts'), [name], {
      cwd: folder,
      execArgv: ['--conditions=@ap-wasm/source', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    child.on('message', (message) => {
      figures = message as Figure[]
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (figures) resolve(figures)
      else reject(new Error(`the bench ${name} ended with ${signal ?? `exit ${code}`} and without figures`))
    })
  })
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    against: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
for (const name of options.only ?? [])
  if (!(BENCHES as readonly string[]).includes(name)) {
    console.error(`there is no bench "${name}"; one of: ${BENCHES.join(', ')}`)
    process.exit(2)
  }
const chosen = BENCHES.filter((name) => options.only === undefined || options.only.includes(name))

if (options.against !== undefined) {
  const comparison = await compare(root, options.against, chosen, Number(options.rounds), runBench)
  console.log(options.json ? JSON.stringify(comparison, null, 2) : comparisonTable(comparison))
} else {
  const about = machine()
  const runs: BenchRun[] = []
  for (const name of chosen) {
    console.error(`${name} …`)
    const began = performance.now()
    const figures = await runBench(root, name)
    runs.push({ name, figures, load: machine().load, seconds: (performance.now() - began) / 1000 })
  }
  const folder = join(root, '.cache/bench')
  mkdirSync(folder, { recursive: true })
  const report = { about, runs }
  writeFileSync(join(folder, `${about.at.replaceAll(':', '-')}.json`), JSON.stringify(report, null, 2))
  console.log(options.json ? JSON.stringify(report, null, 2) : table(report))
  if (options.write) writeFileSync(join(root, 'docs/benchmarks.md'), page(report))
}
