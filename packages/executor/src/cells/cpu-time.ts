/** @module cells/cpu-time: CPU that a process has used: silence alone may be the machine's fault. */
import { readFileSync } from 'node:fs'

const NANOSECONDS = 1e6
/** The kernel's clock tick as /proc shows it: 100 a second on every Linux that Node runs on. */
const TICK_MS = 10

/** The process behind the wrappers: bubblewrap stays as node's parent, the other layers are replaced by it. */
export function innermost(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    for (let depth = 0; depth < 4; depth++) {
      const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
      if (!(child > 0)) break
      pid = child
    }
    return pid
  } catch {
    return undefined
  }
}

/** Milliseconds, or `undefined` where the system does not tell. */
export function mainThreadCpuMs(pid: number): number | undefined {
  try {
    const nanoseconds = Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0])
    if (nanoseconds > 0) return nanoseconds / NANOSECONDS
    return ticksOf(`/proc/${pid}/task/${pid}/stat`)
  } catch {
    return undefined
  }
}

/** Of all threads of a process; `undefined` where the system does not tell. */
export function processCpuMs(pid: number): number | undefined {
  try {
    return ticksOf(`/proc/${pid}/stat`)
  } catch {
    return undefined
  }
}

function ticksOf(file: string): number {
  const stat = readFileSync(file, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
