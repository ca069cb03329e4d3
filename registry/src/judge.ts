/**
 * @module judge: what the executor's own inspector says of an upload: its bytes are parsed in a process that may die, and
 * `describe` runs in a cell with nothing granted. All of that belongs to a process of its own, which begins with an upload and
 * ends when none comes any more: what an artifact takes in memory is given back, and not kept beside the pages.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Inspection } from '@ap-wasm/executor'
import { RegistryError } from './errors.ts'
import type { JudgeAnswer, JudgeQuestion } from './judge-process.ts'

const IS_SOURCE = import.meta.url.endsWith('.ts')
const ENTRY = fileURLToPath(new URL(IS_SOURCE ? './judge-process.ts' : './judge-process.js', import.meta.url))
const FLAGS = ['--disable-sigusr1', ...(IS_SOURCE ? ['--conditions=@ap-wasm/source'] : [])]
const IDLE_MS = 60_000
const CLOSE_MS = 5_000

export interface Judge {
  /** An upload comes: while its bytes do, the process starts. */
  begin(): void
  /** Throws AR_ARTIFACT_REFUSED with every reason, or AR_JUDGE_FAILED where it is not the artifact's fault. */
  inspect(path: string): Promise<Inspection>
  close(): Promise<void>
}

type Waiting = PromiseWithResolvers<Inspection>

class JudgeProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  isOver = false

  constructor(folder: string, onOver: () => void) {
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
    const env = { PATH: process.env.PATH ?? '', NODE_DISABLE_COLORS: '1' }
    this.#child = fork(ENTRY, [folder], { execArgv: FLAGS, stdio: [...stdio], env })
    // Told of by an error, its exit comes later: it must not take its successor for itself.
    const over = (how: string): void => {
      if (!this.isOver) onOver()
      this.isOver = true
      for (const one of this.#waiting.values()) one.reject(new RegistryError('AR_JUDGE_FAILED', { detail: how }))
      this.#waiting.clear()
    }
    this.#child.on('error', ({ message }) => over(message))
    this.#child.on('exit', (code, signal) => over(`its process ended with ${signal ?? code}`))
    this.#child.on('message', (answer: JudgeAnswer) => this.#answered(answer))
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0
  }

  ask(path: string): Promise<Inspection> {
    const id = ++this.#next
    const waiting = Promise.withResolvers<Inspection>()
    this.#waiting.set(id, waiting)
    this.#child.send({ id, path } satisfies JudgeQuestion)
    return waiting.promise
  }

  async close(): Promise<void> {
    if (this.isOver) return
    const late = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_MS)
    const ended = once(this.#child, 'exit')
    if (this.#child.connected) this.#child.disconnect()
    await ended
    clearTimeout(late)
  }

  #answered(answer: JudgeAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('inspection' in answer) waiting?.resolve(answer.inspection)
    else if ('reasons' in answer) waiting?.reject(new RegistryError('AR_ARTIFACT_REFUSED', { reasons: answer.reasons }))
    else waiting?.reject(new RegistryError('AR_JUDGE_FAILED', { detail: answer.detail }))
  }
}

export function createJudge(folder: string): Judge {
  let current: JudgeProcess | undefined
  /** Two never use the folder at once. */
  let closing: Promise<void> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  let isClosed = false

  const end = (): Promise<void> => {
    const one = current
    current = undefined
    if (one) closing = closing.then(() => one.close())
    return closing
  }
  const waitForMore = (): void => {
    clearTimeout(idle)
    idle = setTimeout(() => current?.isIdle && void end(), IDLE_MS).unref()
  }
  async function running(): Promise<JudgeProcess> {
    await closing
    if (isClosed) throw new RegistryError('AR_JUDGE_FAILED', { detail: 'the registry shuts down' })
    current ??= new JudgeProcess(folder, () => {
      current = undefined
    })
    waitForMore()
    return current
  }
  return {
    begin() {
      // What fails here fails again for whoever asks.
      running().catch(() => {})
    },
    async inspect(path) {
      try {
        return await (await running()).ask(path)
      } finally {
        waitForMore()
      }
    },
    close() {
      isClosed = true
      clearTimeout(idle)
      return end()
    },
  }
}
