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
  at: string
  figures: Figure[]
  /** The part of the processors that others had meanwhile. */
  others: number
}

/** Others had more than that: what depends on time is not a figure of this code. */
export const BUSY = 0.1

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

const percent = (part: number): string => `${Math.round(part * 100)} %`

export function table({ about, runs }: Report): string {
  const rows = [
    HEAD,
    ...runs.flatMap(({ name, figures, others }) => [
      [`${name}: (others had ${percent(others)})`, '', '', '', '', ''],
      ...figures.map(rowOf),
    ]),
  ]
  return `${columns(rows)}\n\n${about.processor}, ${about.cores} cores, Node ${about.node}; load before ${about.load}`
}

/** docs/benchmarks.md. */
export function page({ about, runs }: Report): string {
  const figures = runs.flatMap((run) => run.figures)
  const promised = figures.filter((figure) => isKept(figure) !== undefined)
  const short = promised.filter((figure) => !isKept(figure))
  const busy = runs.filter((run) => run.others > BUSY).map((run) => run.name)
  const section = ({ name, at, figures, others }: BenchRun): string =>
    [
      `## ${name}`,
      '',
      `[\`test/bench/${name}.ts\`](../test/bench/${name}.ts); ${at} UTC; other processes had ${percent(others)} of the processors.`,
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
    `${about.processor}, ${about.cores} cores shared by everything here, ${about.memoryGiB} GiB · Node ${about.node}. Each section says when it was measured.`,
    '',
    'Calls per second and times move with whatever else a machine does; CPU per call, and ratios of two figures from one run, are the ones to trust. `of it` is the figure divided by its target.',
    '',
    short.length === 0
      ? `All ${promised.length} targets are kept.`
      : `${promised.length - short.length} of ${promised.length} targets are kept. Short: ${short.map((figure) => `${figure.name} (${plain(figure.value)} ${figure.unit}, target ${target(figure)})`).join('; ')}.`,
    ...(busy.length === 0
      ? []
      : [
          '',
          `The machine was not this run's alone (${busy.join(', ')}): their calls per second and times are lower bounds.`,
        ]),
    '',
    ...runs.map(section),
  ].join('\n')
}
