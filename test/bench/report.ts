/** @module bench/report: figures as a table for a terminal and as a page for readers. */
import { cpus, loadavg, totalmem } from 'node:os'
import { type Figure, isKept, targetOf } from './figure.ts'

export interface Machine {
  at: string
  node: string
  processor: string
  cores: number
  memoryGiB: number
  /** Processes that want a core, over the last minute. */
  load: number
}

export interface BenchRun {
  name: string
  figures: Figure[]
  /** At its end; its own work is part of it. */
  load: number
  seconds: number
}

export interface Report {
  about: Machine
  runs: BenchRun[]
}

export const machine = (): Machine => ({
  at: new Date().toISOString().slice(0, 19),
  node: process.version,
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  load: Number(loadavg()[0]!.toFixed(1)),
})

const plain = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1000
    ? String(value)
    : value.toLocaleString('en-US', { maximumSignificantDigits: Math.abs(value) < 1000 ? 3 : 4 })

function target(figure: Figure): string {
  const value = targetOf(figure)
  return value === undefined ? '' : `${figure.atMost === undefined ? '≥' : '≤'} ${plain(value)}`
}

/** How far from the target: 1 is the target itself, whichever side of it is good. */
function ratio(figure: Figure): string {
  const value = targetOf(figure)
  return value === undefined || value === 0 ? '' : plain(figure.value / value)
}

function verdict(figure: Figure): string {
  const kept = isKept(figure)
  return kept === undefined ? '' : kept ? 'ok' : 'short'
}

const rowOf = (figure: Figure): string[] => [
  figure.name,
  plain(figure.value),
  figure.unit,
  target(figure),
  ratio(figure),
  verdict(figure),
]

const HEAD = ['', 'figure', 'unit', 'target', 'of it', '']

export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (/^[≤≥ \d.,-]+$/.test(cell) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function table({ about, runs }: Report): string {
  const rows = [HEAD, ...runs.flatMap(({ name, figures }) => [[`${name}:`, '', '', '', '', ''], ...figures.map(rowOf)])]
  const loads = runs.map((run) => run.load)
  return `${columns(rows)}\n\n${about.processor}, ${about.cores} cores, Node ${about.node}; load before ${about.load}, at the ends of the benches ${loads.join(', ')}`
}

/** docs/benchmarks.md. */
export function page({ about, runs }: Report): string {
  const figures = runs.flatMap((run) => run.figures)
  const promised = figures.filter((figure) => isKept(figure) !== undefined)
  const short = promised.filter((figure) => !isKept(figure))
  const section = ({ name, figures, load }: BenchRun): string =>
    [
      `## ${name}`,
      '',
      `[\`test/bench/${name}.ts\`](../test/bench/${name}.ts); load at its end ${load}.`,
      '',
      '| | figure | unit | target | of it | |',
      '|---|--:|---|--:|--:|---|',
      ...figures.map((figure) => {
        const cells = rowOf(figure)
        return `| ${isKept(figure) === false ? cells.map((cell) => (cell === '' ? '' : `**${cell}**`)).join(' | ') : cells.join(' | ')} |`
      }),
      '',
    ].join('\n')
  return [
    '# Benchmarks',
    '',
    '<!-- Written by `npm run bench -- --write`. -->',
    '',
    `${about.at} UTC · ${about.processor}, ${about.cores} cores shared by everything here, ${about.memoryGiB} GiB · Node ${about.node} · load average before the run ${about.load}.`,
    '',
    'Calls per second and times move with whatever else a machine does; CPU per call, and ratios of two figures from one run, are the ones to trust. `of it` is the figure divided by its target.',
    '',
    short.length === 0
      ? `All ${promised.length} targets are kept.`
      : `${promised.length - short.length} of ${promised.length} targets are kept. Short: ${short.map((figure) => `${figure.name} (${plain(figure.value)} ${figure.unit}, target ${target(figure)})`).join('; ')}.`,
    '',
    ...runs.map(section),
  ].join('\n')
}
