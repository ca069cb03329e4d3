/** @module playground/worker: a cell in a web worker: the executor's own call, with messages where the cell has a socket. */
import {
  type Cell,
  CellCall,
  type Component,
  Instance,
  initialMemories,
  LIMITS,
  type LinkedProgram,
  link,
  MemoryBudget,
  type Messages,
  parseComponent,
  Refused,
  rewrite,
  Scheduler,
  setMemoryMaximum,
  WORLD,
} from '@ap-wasm/executor/program'
import type { FromWorker, ToWorker } from './messages.ts'

const PAGE_BYTES = 65_536
const NONE = new Uint8Array(0)

const say = (message: FromWorker): void => postMessage(message)

interface Metered {
  bytes: Uint8Array<ArrayBuffer>
  memoryMaximumAt?: number
}

/** Rewritten once; compiled for each limit of memory that a call has. */
class Program {
  readonly #component: Component
  readonly #modules: readonly Metered[]
  readonly #minimumBytes: number
  #linked: { pages: number; promise: Promise<LinkedProgram> } | undefined

  constructor(bytes: Uint8Array) {
    this.#component = parseComponent(bytes)
    this.#minimumBytes = initialMemories(this.#component).reduce((sum, one) => sum + one, 0)
    this.#modules = this.#component.modules.map((module) =>
      rewrite(module, { memoryBytes: LIMITS.memoryBytes.ceiling }),
    )
  }

  linked(memoryBytes: number): { linked: Promise<LinkedProgram>; cold: boolean } {
    const pages = Math.floor(memoryBytes / PAGE_BYTES)
    if (this.#linked?.pages === pages) return { linked: this.#linked.promise, cold: false }
    const promise = this.#link(pages)
    this.#linked = { pages, promise }
    return { linked: promise, cold: true }
  }

  async #link(pages: number): Promise<LinkedProgram> {
    const compiled = await Promise.all(
      this.#modules.map(({ bytes, memoryMaximumAt }) => {
        if (memoryMaximumAt !== undefined) setMemoryMaximum(bytes, memoryMaximumAt, pages)
        return WebAssembly.compile(bytes)
      }),
    )
    return {
      ...{ id: 1, key: '', program: link(this.#component, compiled, WORLD), minimumBytes: this.#minimumBytes },
      ...{
        lasting: [],
        seed: '',
        renews: false,
        readsEnvironment: false,
        fresh: 'each call here has an instance of its own',
      },
    }
  }
}

const calls = new Map<number, CellCall>()
const scheduler = new Scheduler({ afterSlice: (instance) => calls.get(instance.id)?.measure() })
const memory = new MemoryBudget(LIMITS.memoryBytes.ceiling)
let program: Program | undefined

const cell: Cell = {
  programs: { linked: (_key, memoryBytes) => program!.linked(memoryBytes) },
  instances: {
    take: () => undefined,
    make: ({ program }, use) => {
      const instance = new Instance(program, scheduler, use)
      return {
        instance,
        start: async () => {
          await instance.start()
          return use.call.clock.peek()
        },
        release: () => instance.close(),
      }
    },
  },
  scheduler,
  memory,
  send: (name, id, seq, json, bytes = NONE) => {
    if (name === 'Effect') say({ type: 'effect', id, seq, effect: json as Messages['Effect'], bytes: bytes.slice() })
    if (name === 'Done') say({ type: 'done', id, done: json as Messages['Done'], bytes: bytes.slice() })
  },
}

const take: { [T in ToWorker['type']]: (message: Extract<ToWorker, { type: T }>) => void } = {
  component: ({ bytes }) => {
    const began = performance.now()
    try {
      program = new Program(bytes)
      program.linked(LIMITS.memoryBytes.default).linked.then(
        () => say({ type: 'ready', tookMs: performance.now() - began }),
        (error: unknown) => say({ type: 'refused', reasons: reasonsOf(error) }),
      )
    } catch (error) {
      say({ type: 'refused', reasons: reasonsOf(error) })
    }
  },
  call: ({ id, message, payload }) => {
    const call = new CellCall(cell, id, message, payload)
    calls.set(id, call)
    void call.run().then(() => calls.delete(id))
  },
  reply: ({ id, seq, answer, bytes }) => calls.get(id)?.reply(seq, answer, bytes),
  cancel: ({ id }) => calls.get(id)?.cancel(),
}

const reasonsOf = (error: unknown): readonly string[] =>
  error instanceof Refused ? error.reasons : [error instanceof Error ? error.message : String(error)]

addEventListener('message', ({ data }: MessageEvent<ToWorker>) =>
  (take[data.type] as (message: ToWorker) => void)(data),
)
