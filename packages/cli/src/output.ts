/** @module output: the one way to the terminal. Results go to stdout, all else to stderr; --json prints one object and nothing else. */
import { styleText } from 'node:util'
import type { World } from './world.ts'

export interface OutputOptions {
  json?: boolean
  quiet?: boolean
  color?: boolean
}

type Style = Parameters<typeof styleText>[0]

/** C0 and C1 controls except line feed and tab: text from a piece or a server must not steer the terminal. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
export const printable = (text: string): string =>
  text.replace(CONTROLS, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)

export class Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly #world: World
  readonly #color: boolean
  #printed = false

  constructor(world: World, options: OutputOptions) {
    this.#world = world
    this.json = options.json ?? false
    this.quiet = options.quiet ?? false
    this.#color = (options.color ?? true) && !world.env.NO_COLOR && (world.stderr.isTTY ?? false)
  }

  /** The result of the command, for people; left out with --json, kept with --quiet. */
  print(text: string): void {
    if (!this.json) this.#world.stdout.write(`${text}\n`)
  }
  /** What belongs to the result and is left out with --quiet. */
  detail(text: string): void {
    if (!this.quiet) this.print(text)
  }
  /** The result of the command, for machines; at most once, only with --json. */
  data(value: Record<string, unknown>): void {
    if (!this.json || this.#printed) return
    this.#printed = true
    this.#world.stdout.write(`${JSON.stringify(value)}\n`)
  }
  /** What happens on the way: progress, hints, next steps. */
  note(text: string): void {
    if (!this.json && !this.quiet) this.#world.stderr.write(`${text}\n`)
  }
  /** What must not be missed; shown even with --quiet. */
  warn(text: string): void {
    if (!this.json) this.#world.stderr.write(`${this.style('yellow', 'warning')} ${text}\n`)
  }
  style(style: Style, text: string): string {
    return this.#color ? styleText(style, text, { validateStream: false }) : text
  }
  /** A line that is shown while `work` runs for longer than a second, with the time that passed; only on a terminal. */
  async progress<T>(what: string, work: Promise<T>): Promise<T> {
    if (this.json || this.quiet || !this.#world.stderr.isTTY) return work
    const began = Date.now()
    let shown = false
    const timer = setInterval(() => {
      shown = true
      this.#world.stderr.write(`\r${what} … ${Math.round((Date.now() - began) / 1000)} s`)
    }, 1000)
    try {
      return await work
    } finally {
      clearInterval(timer)
      if (shown) this.#world.stderr.write('\r\u001b[K')
    }
  }
}

/** Columns aligned by their widest cell. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows
    .map((row) => indent + row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  '))
    .join('\n')
}
