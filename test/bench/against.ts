/** @module bench/against: this tree and an earlier commit in turn, so that both meet the same noise. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, median } from './figure.ts'
import { columns } from './report.ts'

export interface Compared {
  bench: string
  name: string
  unit: string
  before: number[]
  now: number[]
}

export interface Comparison {
  ref: string
  commit: string
  rows: Compared[]
}

type Run = (folder: string, name: string) => Promise<Figure[]>

export async function compare(
  root: string,
  ref: string,
  names: readonly string[],
  rounds: number,
  run: Run,
): Promise<Comparison> {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  const commit = git('rev-parse', '--verify', `${ref}^{commit}`)
  const folder = join(mkdtempSync(join(tmpdir(), 'ap-wasm-bench-')), 'tree')
  git('worktree', 'add', '--detach', folder, commit)
  try {
    furnish(root, folder)
    const rows = new Map<string, Compared>()
    for (let round = 0; round < rounds; round++)
      for (const bench of names) {
        const sides = round % 2 === 0 ? (['before', 'now'] as const) : (['now', 'before'] as const)
        for (const side of sides)
          for (const { name, unit, value } of await run(side === 'now' ? root : folder, bench)) {
            const row = rows.get(`${bench}/${name}`) ?? { bench, name, unit, before: [], now: [] }
            rows.set(`${bench}/${name}`, row)
            row[side].push(value)
          }
      }
    return { ref, commit, rows: [...rows.values()] }
  } finally {
    git('worktree', 'remove', '--force', folder)
    rmSync(join(folder, '..'), { recursive: true, force: true })
  }
}

/** Packages, built cells, and the benches of this tree: what is compared is the code under them. */
function furnish(root: string, folder: string): void {
  const lock = (tree: string): string => readFileSync(join(tree, 'package-lock.json'), 'utf8')
  if (lock(root) === lock(folder)) linkPackages(root, folder)
  else execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: 'inherit' })
  rmSync(join(folder, 'test/bench'), { recursive: true, force: true })
  cpSync(join(root, 'test/bench'), join(folder, 'test/bench'), { recursive: true })
  execFileSync(process.execPath, ['scripts/build-cell.ts'], { cwd: folder, stdio: ['ignore', 2, 2] })
}

/** The same packages; but the workspaces among them are links, and must lead into `folder`. */
function linkPackages(root: string, folder: string): void {
  mkdirSync(join(folder, 'node_modules'))
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const to = join(folder, 'node_modules', name)
    if (name === '@ap-wasm') cpSync(join(root, 'node_modules', name), to, { recursive: true, verbatimSymlinks: true })
    else symlinkSync(join(root, 'node_modules', name), to)
  }
  for (const name of readdirSync(join(folder, 'packages'))) {
    const own = join('packages', name, 'node_modules')
    if (existsSync(join(root, own))) symlinkSync(join(root, own), join(folder, own))
  }
}

export function comparisonTable({ ref, commit, rows }: Comparison): string {
  const values = (list: readonly number[]): string => list.map((value) => Number(value.toPrecision(4))).join(' ')
  const lines = rows.map(({ bench, name, unit, before, now }) => [
    `${bench}: ${name}`,
    unit,
    String(Number(median(before).toPrecision(4))),
    String(Number(median(now).toPrecision(4))),
    (median(now) / median(before)).toFixed(2),
    values(before),
    values(now),
  ])
  return columns([['', 'unit', `${ref} (${commit.slice(0, 7)})`, 'now', 'now/then', 'then', 'now'], ...lines])
}
