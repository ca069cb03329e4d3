/** @module watch: the sources of a piece change; bursts of an editor or a formatter count as one change. */
import { watch } from 'node:fs'
import { basename } from 'node:path'
import { isSource } from './artifact.ts'

const QUIET_MS = 120

/** Resolves after each change until the signal ends it; a change during the work of a reader is not lost. */
export async function* changes(
  folder: string,
  signal: AbortSignal,
  also: readonly string[] = [],
): AsyncGenerator<string> {
  let changed: string | undefined
  let wake = (): void => {}
  const watcher = watch(folder, { recursive: true, signal }, (_, file) => {
    const path = String(file ?? '')
    const parts = path.split(/[/\\]/)
    if (!(isSource(parts) || also.includes(parts[0]!)) || basename(path).endsWith('~')) return
    changed ??= path
    wake()
  })
  watcher.on('error', () => {})
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  try {
    while (!signal.aborted) {
      if (changed === undefined) await Promise.race([stopped, new Promise<void>((resolve) => (wake = resolve))])
      if (signal.aborted) return
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
      const file = changed ?? ''
      changed = undefined
      yield file
    }
  } finally {
    watcher.close()
  }
}
