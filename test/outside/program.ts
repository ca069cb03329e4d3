/**
 * @module outside/program: runs a program of WASI 0.2 (`wasi:cli/run`) as a cell would run a piece: rewritten, linked to the
 * host's world and nothing else, its requests made by the supervisor's own effects under a grant.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Effect } from '../../packages/executor/src/effect.ts'
import { createEngines, createOutside } from '../../packages/executor/src/effects/index.ts'
import { PieceError } from '../../packages/executor/src/errors.ts'
import { createClock, createHostCall, createRandom, flushLines } from '../../packages/executor/src/host/index.ts'
import { defaultLimits } from '../../packages/executor/src/limits.ts'
import { Instance } from '../../packages/executor/src/linker/instance.ts'
import type { Program } from '../../packages/executor/src/linker/program.ts'
import { Scheduler } from '../../packages/executor/src/linker/scheduler.ts'
import { LIMITS } from '../../packages/executor/src/linker/testing.ts'
import { startEcho } from './echo.ts'

export interface Ran {
  /** What it exits with, or that it trapped, or was ended after `interruptMs`. */
  exit: number | 'trapped' | 'interrupted'
  /** How it ended, in words. */
  detail: string
  /** Lines of standard output and of standard error. */
  stdout: string[]
  stderr: string[]
}

/** Our adapter for preview 1 traps where the program exits, and says so on standard error. */
const statusOf = (error: PieceError, stderr: readonly string[]): number | undefined => {
  if (error.code === 'AP_EXITED') return (error as PieceError<'AP_EXITED'>).fields.status
  const said = /^exit status (\d+)$/.exec(stderr.at(-1) ?? '')?.[1]
  return said === undefined ? undefined : Number(said)
}

export interface ProgramOptions {
  env?: Readonly<Record<string, string>>
  /** Its variable for the address of the server of these tests. */
  server?: string
  /** Origins that are granted beside the server of these tests. */
  http?: readonly string[]
  interruptMs?: number
}

const RUN = 'wasi:cli/run#run'
/** Others answer requests, or export what a test calls. */
export const isCommand = (program: Program): boolean => program.exports.has(RUN)

const LONGEST_MS = 30_000
const HOST = 'localhost'
const NOTHING = new Uint8Array(0)

export async function runProgram(
  program: Program,
  { env = {}, server, http = [], interruptMs = LONGEST_MS }: ProgramOptions,
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-program-'))
  const echo = await startEcho()
  const engines = await createEngines({
    filesFolder: folder,
    fileRetentionMs: 60_000,
    fileStoreBytes: 1e9,
    fileBytesPerTenant: 1e9,
    store: ':memory:',
    storeBytesPerPiece: 1e9,
    egressPrivate: ['127.0.0.0/8'],
    userAgent: 'ap-wasm/outside',
    resolve: async (name) => (name === HOST ? [{ address: '127.0.0.1', family: 4 }] : []),
  })
  const outside = createOutside(
    {
      ...{ tenant: 'default', piece: 'program', callId: 'call', encoding: 'json', auth: undefined, testing: false },
      run: { projectId: 'default' },
      startedAt: Date.now(),
      grants: { http: [`http://${HOST}:${echo.port}`, ...http], env: {}, store: [], files: [], run: [] },
      limits: defaultLimits(),
    },
    engines,
  )
  const abort = new AbortController()
  const lines: Record<string, string[]> = { stdout: [], stderr: [] }
  const call = createHostCall({
    env: Object.entries({ ...env, ...(server === undefined ? {} : { [server]: `${HOST}:${echo.port}` }) }),
    clock: createClock(),
    random: createRandom(),
    signal: abort.signal,
    limits: defaultLimits(),
    ask: (kind, ask, bytes = NOTHING) => outside.ask(echo.redirected({ kind, ask, bytes })),
    post: (kind, ask, bytes = NOTHING) => {
      if (kind !== 'log') return outside.post({ kind, ask, bytes } as Effect)
      const { context, message } = ask as { context: string; message: string }
      lines[context]?.push(message)
    },
  })
  const instance = new Instance(program, new Scheduler(), { id: 1, limits: { ...LIMITS, cpuMs: LONGEST_MS }, call })
  const late = new PieceError('AP_CANCELLED', { ranMs: interruptMs })
  const timer = setTimeout(() => instance.cancel(late), interruptMs)
  const ended = (exit: Ran['exit'], detail: string): Ran => {
    flushLines(call)
    return { exit, detail, stdout: lines.stdout!, stderr: lines.stderr! }
  }
  try {
    await instance.start()
    const { tag } = (await instance.invoke(RUN, [])) as { tag: 'ok' | 'err' }
    return ended(tag === 'ok' ? 0 : 1, `run returned ${tag}`)
  } catch (error) {
    if (!(error instanceof PieceError) || error.code === 'AP_INTERNAL') throw error
    if (error === late) return ended('interrupted', error.message)
    return ended(statusOf(error, lines.stderr!) ?? 'trapped', error.message)
  } finally {
    clearTimeout(timer)
    instance.close()
    abort.abort(late)
    outside.close()
    await engines.close()
    await echo.close()
    await rm(folder, { recursive: true, force: true })
  }
}
