/** @module machine: what the operating system knows of a server: its processes, its memory, its files; and chance by seed. */
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

export const MiB = 1024 * 1024
export const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'].find(existsSync)

/** A process of that group, whoever its parent is: cells stand behind wrappers. */
function children(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}
export const descendants = (pid: number): number[] => children(pid).flatMap((child) => [child, ...descendants(child)])

export const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
/** The processes that run pieces, without the wrappers around them. */
export const cellsOf = (pid: number): number[] =>
  descendants(pid).filter((one) => /^[^\0]*node\0.*cell\.js/s.test(commandOf(one)))

export const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

/** Every file below `folder`; `[]` where there is none. */
export function filesBelow(folder: string): string[] {
  let entries: Dirent[] = []
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  } catch {}
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, `${entry.parentPath}/${entry.name}`))
    .sort()
}
/** What an interrupted write leaves behind. In `cache/`, which executors may share, only age tells it from a write under way. */
export const leftovers = (data: string): string[] =>
  filesBelow(data).filter((file) => !file.startsWith('cache/') && /(^|\/)(\.tmp-|writing\/)/.test(file))

/** The same numbers for the same seed (mulberry32): whole, from 0 to `below` - 1. */
export function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Waits for a state of another process; the bound is the test's own time limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}
