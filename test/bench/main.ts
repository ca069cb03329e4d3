/**
 * @module bench/main: runs the benches of this folder, each in a process of its own, and says which targets are kept.
 *
 *     npm run bench                      all of them, as a table; the figures go to .cache/bench/<time>.json too
 *     npm run bench -- --only http       some of them (may be given several times)
 *     npm run bench -- --only languages --language go   one language of them (several times, too)
 *     npm run bench -- --against main~5  each on that commit and on this tree in turn, medians side by side
 *     npm run bench -- --json            the figures as JSON instead of a table
 *     npm run bench -- --write           docs/benchmarks.md too, from the last run of each
 *     npm run bench -- --patient         each begins once others leave the machine alone, or after two minutes
 */
import { fork } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compare, comparisonTable } from './against.ts'
import type { Figure } from './figure.ts'
import { cpuMicros, descendantsOf } from './processes.ts'
import { type BenchRun, BUSY, machine, page, type Report, table } from './report.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The other files of this folder are what benches are made of. */
const BENCHES = [
  'call',
  'cells',
  'http',
  'upstream',
  'first',
  'hogs',
  'fuel',
  'memory',
  'languages',
  'registry',
] as const

/** The figures of a bench of the tree at `folder`, measured in a fresh process. */
export function runBench(folder: string, name: string, languages: readonly string[]): Promise<Figure[]> {
  return new Promise((resolve, reject) => {
    let figures: Figure[] | undefined
    const child = fork(join(folder, 'test/bench/one.ts'), [name, ...languages], {
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

const WATCH_MS = 250

/** The part of the machine's processors that others had meanwhile: above a tenth, times and calls per second say little. */
function watchOthers(): () => number {
  const busy = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  const [began, busyMs] = [performance.now(), busy()]
  // Looked at as long as they live: what a killed cell has used is told to nobody. One may end while it is looked at.
  const ours = new Map<number, number>()
  const look = (): void => {
    for (const pid of descendantsOf(process.pid))
      try {
        ours.set(pid, cpuMicros(pid))
      } catch {}
  }
  const watch = setInterval(look, WATCH_MS)
  return () => {
    clearInterval(watch)
    const oursMs = ours.values().reduce((sum, micros) => sum + micros / 1000, 0)
    const others = busy() - busyMs - oursMs
    return Math.max(0, others / ((performance.now() - began) * cpus().length))
  }
}

function lastOfEach(folder: string): BenchRun[] {
  const last = new Map<string, BenchRun>()
  for (const file of readdirSync(folder).sort()) {
    const { runs } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report
    for (const run of runs) last.set(run.name, run)
  }
  return BENCHES.flatMap((name) => last.get(name) ?? [])
}

const LOOK_MS = 2_000
const PATIENCE_MS = 120_000

async function quiet(): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (performance.now() < end) {
    const others = watchOthers()
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    if (others() < BUSY) return
  }
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    language: { type: 'string', multiple: true, default: [] },
    against: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    patient: { type: 'boolean', default: false },
  },
})
for (const name of options.only ?? [])
  if (!(BENCHES as readonly string[]).includes(name)) {
    console.error(`there is no bench "${name}"; one of: ${BENCHES.join(', ')}`)
    process.exit(2)
  }
const chosen = BENCHES.filter((name) => options.only === undefined || options.only.includes(name))

if (options.against !== undefined) {
  const comparison = await compare(root, options.against, chosen, Number(options.rounds), (folder, name) =>
    runBench(folder, name, options.language),
  )
  console.log(options.json ? JSON.stringify(comparison, null, 2) : comparisonTable(comparison))
} else {
  const about = machine()
  const report: Report = { about, runs: [] }
  const folder = join(root, '.cache/bench')
  mkdirSync(folder, { recursive: true })
  for (const name of chosen) {
    if (options.patient) await quiet()
    console.error(`${name} …`)
    const others = watchOthers()
    const figures = await runBench(root, name, options.language)
    report.runs.push({ name, at: machine().at, figures, others: others() })
    writeFileSync(join(folder, `${about.at.replaceAll(':', '-')}.json`), JSON.stringify(report, null, 2))
  }
  console.log(options.json ? JSON.stringify(report, null, 2) : table(report))
  if (options.write) writeFileSync(join(root, 'docs/benchmarks.md'), page({ about, runs: lastOfEach(folder) }))
}
