/**
 * @module inspect/child-process: starts the inspector's child. Node's start and the validator's compilation take longer than many an
 * inspection, so whoever uploads often has a spare one: started ahead, for one upload like any other.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const MiB = 1024 * 1024
export const CHILD_MEMORY_BYTES = 1024 * MiB

/** Bundled by scripts/build-cell.ts; the same place from `src/` and from `dist/`. */
const ENTRY = fileURLToPath(new URL('../../dist/inspect-child.js', import.meta.url))
const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'].find(existsSync)

/** `isBuild`: the validator is not needed. */
export function startChild(memoryBytes: number, isBuild: boolean): ChildProcessWithoutNullStreams {
  const node = [
    process.execPath,
    '--permission',
    // Beside its own file: the validator's wasm.
    `--allow-fs-read=${dirname(ENTRY)}`,
    '--disable-sigusr1',
    '--disable-warning=ExperimentalWarning',
    `--max-old-space-size=${Math.floor((memoryBytes / MiB) * 0.75)}`,
    // It lives for half a second: optimised code of the validator would come too late, and what it leaves need not be collected.
    '--liftoff-only',
    '--min-semi-space-size=16',
    ENTRY,
    ...(isBuild ? ['build'] : []),
  ]
  // --cpu: should this process be gone before it can kill.
  const bounds = [`--data=${memoryBytes}`, '--core=0', '--nofile=64', '--cpu=60', '--']
  const [file, ...args] = PRLIMIT === undefined ? node : [PRLIMIT, ...bounds, ...node]
  return spawn(file!, args, { stdio: ['pipe', 'pipe', 'pipe'], env: {}, cwd: '/' })
}

/** So long after the last upload there is a spare. */
const SPARE_MS = 60_000

type Child = ReturnType<typeof startChild>

let spare: Child | undefined
let ending: NodeJS.Timeout | undefined

/** Of the usual bounds; for whoever is likely to need one soon. Does not keep this process alive, and ends with it. */
export function keepSpare(): void {
  clearTimeout(ending)
  ending = setTimeout(endSpare, SPARE_MS).unref()
  if (spare !== undefined) return
  const child = startChild(CHILD_MEMORY_BYTES, false)
  const forget = (): void => {
    if (spare === child) spare = undefined
  }
  // The next inspection will say what is wrong.
  child.on('error', forget)
  if (child.pid === undefined) return
  child.on('exit', forget)
  hold(child, 'unref')
  spare = child
}

export function takeSpare(): Child | undefined {
  const child = spare
  spare = undefined
  if (child !== undefined) hold(child, 'ref')
  return child
}

export function endSpare(): void {
  clearTimeout(ending)
  takeSpare()?.kill('SIGKILL')
}

function hold(child: Child, how: 'ref' | 'unref'): void {
  for (const part of [child, child.stdin, child.stdout, child.stderr]) (part as Partial<Child>)[how]?.()
}
