/** @module bench/processes: what other processes have used, from /proc. */
import { readFileSync, writeFileSync } from 'node:fs'

/** The kernel's clock tick as /proc shows it. */
const TICK_MICROS = 10_000
const KiB = 1024

function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** All threads, user and system, µs. */
export function cpuMicros(pid: number): number {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS
}

/** Of the process, of its children that have ended, and of all that live below it, µs. */
export function treeMicros(pid: number): number {
  const fields = statOf(pid)
  const own = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) * TICK_MICROS
  return childrenOf(pid).reduce((sum, child) => sum + treeMicros(child), own)
}

export const rssBytes = (pid: number): number => sized(`/proc/${pid}/status`, 'VmRSS')

/** The most that was resident since `forgetPeak`, or since the process began. */
export const peakBytes = (pid: number): number => sized(`/proc/${pid}/status`, 'VmHWM')

export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5')

/** What the process has for itself, and its part of what it shares. */
export const pssBytes = (pid: number): number => sized(`/proc/${pid}/smaps_rollup`, 'Pss')

function sized(file: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error(`${file} has no ${name}`)
  return Number(kilobytes) * KiB
}

export const childrenOf = (pid: number): number[] =>
  (read(`/proc/${pid}/task/${pid}/children`) ?? '').trim().split(' ').filter(Boolean).map(Number)

/** Undefined: the process has ended meanwhile. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Every process below `pid`. */
export const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])
