/** @module proof/report: docs/proof.md and its plot, from the figures of one run of `npm run proof`. */
import type { Beside } from './neighbours.ts'
import { drift, type Sample } from './sample.ts'
import type { Soaked } from './soak.ts'
import type { Uploaded } from './uploads.ts'

export interface Proof {
  at: string
  machine: { cores: number; loadBefore: number; loadAfter: number }
  seconds: number
  soaked: Soaked
  neighbours: Beside[]
  uploads: Uploaded
  suites: { suite: string; passed: number; failed: number }[]
}

const SLICE_MS = 5
/** From the second minute on; of a shorter soak from its first third. */
const steady = ({ soaked: { samples }, seconds }: Proof): Sample[] =>
  samples.filter(({ atS }) => atS >= Math.min(120, seconds / 3))
const percent = (part: number): string => `${part >= 0 ? '+' : ''}${(part * 100).toFixed(1)} %`
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
const number = (value: number): string => value.toLocaleString('en-US')

export function proofPage(proof: Proof): string {
  const { soaked, neighbours, uploads, suites, machine, seconds, at } = proof
  const warm = steady(proof)
  const alone = neighbours[0]!
  const walls = suites.filter(({ suite }) => /walls|frames/.test(suite))
  const waits = suites.filter(({ suite }) => /neighbours/.test(suite))
  const cases = (list: Proof['suites']) => list.reduce((sum, { passed, failed }) => sum + passed + failed, 0)
  const failed = (list: Proof['suites']) => list.reduce((sum, one) => sum + one.failed, 0)
  const beside = (pattern: RegExp) => neighbours.filter(({ hog }) => pattern.test(hog))
  const worst = (list: Beside[]) => Math.max(...list.map(({ p99Ms }) => p99Ms))
  const loops = beside(/loop/).filter(({ hog }) => !/alloc/.test(hog))
  const heavy = beside(/alloc|compile/)
  const memory = drift(warm.map(({ supervisorBytes }) => supervisorBytes))
  const kept = (holds: boolean) => (holds ? 'kept' : '**missed**')
  const rows: [what: string, target: string, figure: string, behind: string, holds: boolean][] = [
    [
      'escapes from a broken cell',
      '0',
      String(failed(walls)),
      `${number(cases(walls))} tries and frames`,
      failed(walls) === 0,
    ],
    ['security cases that fail', '0', String(failed(suites)), `${number(cases(suites))} cases`, failed(suites) === 0],
    [
      'calls lost',
      '0',
      String(soaked.lost + Math.max(0, soaked.answered - soaked.rows)),
      `${number(soaked.sent)} calls`,
      soaked.lost === 0 && soaked.answered === soaked.rows,
    ],
    ['effects sent twice', '0', String(soaked.doubled), `${number(soaked.sent)} calls`, soaked.doubled === 0],
    [
      'answers of another kind than their call has',
      '0',
      String(soaked.unexpected.length),
      `${number(soaked.answered)} answers`,
      soaked.unexpected.length === 0,
    ],
    [
      'hogs beside which a call waits longer than its slices of others, in CPU of the thread',
      '0',
      String(failed(waits)),
      `${number(cases(waits))} hogs, 25 calls beside each`,
      failed(waits) === 0 && cases(waits) > 0,
    ],
    [
      'neighbours of a loop, p99',
      `alone + 3 slices: ${ms(alone.p99Ms + 3 * SLICE_MS)}`,
      ms(worst(loops)),
      `${number(loops.length * alone.calls)} calls`,
      worst(loops) <= alone.p99Ms + 3 * SLICE_MS,
    ],
    [
      'neighbours of a compile or an allocator hog, slowest',
      '500 ms',
      ms(Math.max(...heavy.map(({ maxMs }) => maxMs))),
      `${number(heavy.length * alone.calls)} calls`,
      heavy.every(({ maxMs }) => maxMs <= 500),
    ],
    [
      'memory of the supervisor under bombs',
      '±10 %',
      percent(memory),
      `${warm.length} samples`,
      Math.abs(memory) <= 0.1,
    ],
    [
      'descriptors of the supervisor',
      '±10 %',
      percent(drift(warm.map(({ descriptors }) => descriptors))),
      `${warm.length} samples`,
      Math.abs(drift(warm.map(({ descriptors }) => descriptors))) <= 0.1,
    ],
    [
      'calls alive at the end',
      '0',
      String(soaked.samples.at(-1)?.running),
      `${number(soaked.sent)} calls`,
      soaked.samples.at(-1)?.running === 0,
    ],
    [
      'a hostile upload is answered within',
      '10 s',
      ms(uploads.slowestMs),
      `${uploads.count} uploads, ${uploads.taken} taken`,
      uploads.slowestMs <= 10_000 && uploads.taken === 0,
    ],
  ]
  return `<!-- Written by \`npm run proof -- --minutes 60\`. -->

# Proof

Figures behind [security.md](security.md), each with the number of cases behind it. Measured ${at.slice(0, 10)} on ${machine.cores} cores with a load of ${machine.loadBefore}
before and ${machine.loadAfter} after${machine.loadAfter > machine.cores * 1.5 ? ': **a busy machine**, whose times say little' : ''}. The soak ran for ${number(Math.round(seconds / 60))} minutes.

| | target | figure | behind it | |
|---|---|---|---|---|
${rows.map(([what, target, figure, behind, holds]) => `| ${what} | ${target} | ${figure} | ${behind} | ${kept(holds)} |`).join('\n')}

## The soak
Eight callers at once: HTTP out, store, files, logs and loops of a piece in text, ${soaked.pieces.length === 0 ? 'no piece of a real language (none was inspected in time)' : `the pieces of real languages ${soaked.pieces.join(', ')}`}, and beside them loops without end, traps, growth, endless and
exploding responses, silent servers and floods of log lines.

![memory, descriptors and latency over time](proof.svg)

| | first third | last third |
|---|---|---|
${thirds(warm)}

## Neighbours
| beside | calls | not answered | p50 | p99 | slowest |
|---|---|---|---|---|---|
${neighbours.map((one) => `| ${one.hog} | ${one.calls} | ${one.failed} | ${ms(one.p50Ms)} | ${ms(one.p99Ms)} | ${ms(one.maxMs)} |`).join('\n')}

The slowest of ${uploads.count} hostile uploads was: ${uploads.slowest}.

## Cases
| suite | cases | fail |
|---|---|---|
${suites.map(({ suite, passed, failed: not }) => `| \`${suite}\` | ${passed + not} | ${not} |`).join('\n')}
`
}

function thirds(samples: readonly Sample[]): string {
  const third = Math.max(1, Math.floor(samples.length / 3))
  const mean = (part: readonly Sample[], of: (one: Sample) => number) =>
    part.reduce((sum, one) => sum + of(one), 0) / part.length
  const row = (name: string, of: (one: Sample) => number, show: (value: number) => string) =>
    `| ${name} | ${show(mean(samples.slice(0, third), of))} | ${show(mean(samples.slice(-third), of))} |`
  const MiB = (value: number) => `${Math.round(value / 2 ** 20)} MiB`
  return [
    row('memory of the supervisor', (one) => one.supervisorBytes, MiB),
    row('memory of all cells', (one) => one.cellBytes, MiB),
    row(
      'descriptors of the supervisor',
      (one) => one.descriptors,
      (value) => value.toFixed(1),
    ),
    row('p50 of a call that is no bomb', (one) => one.p50Ms, ms),
    row('p99 of a call that is no bomb', (one) => one.p99Ms, ms),
  ].join('\n')
}

const WIDTH = 760
const PANE = 110
const LEFT = 120

/** Four lines over time, each in a pane of its own with its largest value. */
export function proofPlot({ soaked }: Proof): string {
  const { samples } = soaked
  const lastS = Math.max(1, samples.at(-1)?.atS ?? 1)
  const panes: [name: string, of: (one: Sample) => number, show: (value: number) => string][] = [
    ['supervisor', (one) => one.supervisorBytes, (value) => `${Math.round(value / 2 ** 20)} MiB`],
    ['cells', (one) => one.cellBytes, (value) => `${Math.round(value / 2 ** 20)} MiB`],
    ['descriptors', (one) => one.descriptors, (value) => String(Math.round(value))],
    ['p99', (one) => one.p99Ms, (value) => `${Math.round(value)} ms`],
  ]
  const drawn = panes.map(([name, of, show], i) => {
    const top = i * PANE + 10
    const most = Math.max(...samples.map(of), 1)
    const points = samples
      .map(
        (one) =>
          `${(LEFT + (one.atS / lastS) * (WIDTH - LEFT - 10)).toFixed(1)},${(top + (PANE - 25) * (1 - of(one) / most)).toFixed(1)}`,
      )
      .join(' ')
    const base = top + PANE - 25
    return `<text x="4" y="${top + 14}">${name}</text><text x="4" y="${top + 30}" fill="#666">${show(most)}</text>
<path d="M${LEFT} ${top}V${base}H${WIDTH - 10}" fill="none" stroke="#999"/><polyline points="${points}" fill="none" stroke="#06c" stroke-width="1.2"/>`
  })
  const height = panes.length * PANE + 20
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${drawn.join('\n')}
<text x="${LEFT}" y="${height - 6}" fill="#666">0</text><text x="${WIDTH - 60}" y="${height - 6}" fill="#666">${lastS} s</text>
</svg>
`
}
