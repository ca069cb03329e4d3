/**
 * @module inspect/child: runs the inspector's child: one job, a deadline, a bound of memory, killed for certain. A few at once, the
 * others wait in a bounded queue.
 */
import { processCpuMs } from '../cells/cpu-time.ts'
import { PieceError } from '../errors.ts'
import { type ChildAnswer, type ChildWork, codeOfWork, decodeAnswer } from './child-frames.ts'
import { CHILD_MEMORY_BYTES, startChild, takeSpare } from './child-process.ts'

const MiB = 1024 * 1024

const CHILD_LIMITS = {
  /** From its start; waiting for a turn is not counted. On a busy machine it has that much CPU, within `busyMs`. */
  deadlineMs: 10_000,
  busyMs: 60_000,
  memoryBytes: CHILD_MEMORY_BYTES,
  /** Rewriting makes a component up to 1.5 times as large; more than this is no answer of ours. */
  answerBytes: 256 * MiB,
  atOnce: 2,
  waiting: 1_000,
} as const

export interface ChildOptions {
  deadlineMs?: number
  busyMs?: number
  memoryBytes?: number
  signal?: AbortSignal | undefined
}

const LOOK_MS = 500

const turns: (() => void)[] = []
let running = 0

async function turn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= CHILD_LIMITS.atOnce) {
    const waiting = turns.length
    if (waiting >= CHILD_LIMITS.waiting)
      throw new PieceError('AP_SATURATED', { waiting, max: CHILD_LIMITS.waiting, what: 'artifacts' })
    await new Promise<void>((resolve) => turns.push(resolve))
  } else running++
  try {
    return await work()
  } finally {
    // The place passes to the next in line, if there is one.
    const next = turns.shift()
    if (next !== undefined) next()
    else running--
  }
}

/** Throws AP_INVALID_COMPONENT with every reason, or with the limit that the bytes exceeded. */
export function runChild(
  work: ChildWork,
  component: Uint8Array,
  options: ChildOptions = {},
): Promise<ChildAnswer & { kind: 'done' }> {
  return turn(async () => {
    options.signal?.throwIfAborted()
    const answer = await converse(work, component, { ...CHILD_LIMITS, ...options })
    if (answer.kind === 'refused') throw new PieceError('AP_INVALID_COMPONENT', { reasons: answer.reasons })
    return answer
  })
}

function converse(
  work: ChildWork,
  component: Uint8Array,
  { deadlineMs, busyMs, memoryBytes, signal }: Required<Omit<ChildOptions, 'signal'>> & ChildOptions,
): Promise<ChildAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ChildAnswer>()
  const refuse = (reason: string): void => resolve({ kind: 'refused', reasons: [reason] })
  const child =
    (memoryBytes === CHILD_MEMORY_BYTES ? takeSpare() : undefined) ?? startChild(memoryBytes, work === 'build')
  child.on('error', ({ message }) =>
    reject(new PieceError('AP_NO_CELL', { detail: `an inspection cannot be started: ${message}` })),
  )
  // Out of descriptors it has not even pipes.
  if (child.pid === undefined) return promise
  const kill = (): void => void child.kill('SIGKILL')
  const parts: Buffer[] = []
  let bytes = 0
  let said = ''
  let late = false
  let starvedMs: number | undefined
  const startedAt = performance.now()
  const look = (): void => {
    const cpuMs = processCpuMs(child.pid!) ?? deadlineMs
    const busy = cpuMs < deadlineMs
    if (busy && performance.now() - startedAt < busyMs) {
      deadline = setTimeout(look, Math.min(LOOK_MS, deadlineMs))
      return
    }
    if (busy) starvedMs = cpuMs
    late = true
    kill()
  }
  let deadline = setTimeout(look, deadlineMs)
  const abort = (): void => {
    kill()
    reject(signal!.reason)
  }
  signal?.addEventListener('abort', abort, { once: true })

  // A child that ends early breaks the pipe: how it ended is told below.
  child.stdin.on('error', () => {})
  child.stdin.write(codeOfWork(work))
  child.stdin.end(component)
  child.stdout.on('data', (part: Buffer) => {
    bytes += part.length
    if (bytes > CHILD_LIMITS.answerBytes) kill()
    else parts.push(part)
  })
  child.stderr.on('data', (part: Buffer) => {
    if (said.length < 4_000) said += part.toString('utf8')
  })
  child.on('close', (code, ended) => {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', abort)
    if (starvedMs !== undefined) {
      const detail = `the machine is too busy: an inspection got ${starvedMs} ms of CPU in ${busyMs} ms`
      return reject(new PieceError('AP_NO_CELL', { detail }))
    }
    if (late) return refuse(`its inspection took longer than ${deadlineMs} ms`)
    if (bytes > CHILD_LIMITS.answerBytes) return refuse(`its product is larger than ${CHILD_LIMITS.answerBytes} bytes`)
    try {
      if (code === 0) return resolve(decodeAnswer(Buffer.concat(parts, bytes)))
    } catch (error) {
      return reject(error)
    }
    // V8 ends in SIGABRT or SIGTRAP when memory runs out, and names it; the kernel's refusal looks the same.
    if (ended !== null || code === 134 || /out of memory|allocation failed|cannot allocate/i.test(said))
      return refuse(`its inspection needed more than ${memoryBytes} bytes of memory`)
    return reject(new Error(`the inspector's child ended with ${code}: ${said.trim().slice(0, 2_000)}`))
  })
  return promise
}
