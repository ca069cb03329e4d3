/**
 * @module load: a thread that runs the modules of a piece in an instance of the base, and writes what they left back into
 * the component: V8 compiles of CPython's libraries only what runs, a second where the tool that made the base takes ten.
 * A thread, because modules may run for ever: whoever waits ends it.
 */
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import {
  createHostCall,
  createRandom,
  createStartClock,
  Instance,
  type InstanceLimits,
  LIMITS,
  link,
  parseComponent,
  replaceModules,
  Scheduler,
  STATE_EXPORTS,
  stderrTail,
} from '@ap-wasm/executor/program'
import { clearStack, readHeap } from '../heap.ts'
import { withGlobalsExported, withImage } from '../image.ts'
import { MODULE_SECTION, sectionsOf } from '../sections.ts'
import { worldWith } from './folders.ts'

export interface Job {
  /** The file of the component that everything begins with. */
  base: string
  /** By the guest's name. */
  folders: Record<string, string>
}

/** What `describe` of the base answers with (`_component.py`): bytes of source by origin, or a traceback. */
export type Said = { origins: Record<string, number> } | { error: string }

export type Loaded = { component: Uint8Array<ArrayBuffer>; origins: Record<string, number> } | { error: string }

/** The author's own code on the author's own machine: whoever waits ends it, nothing else does. */
const LIMITS_OF_A_BUILD: InstanceLimits = {
  fuel: Number.MAX_SAFE_INTEGER,
  startFuel: Number.MAX_SAFE_INTEGER,
  cpuMs: Number.MAX_SAFE_INTEGER,
  reallocCpuMs: Number.MAX_SAFE_INTEGER,
  memoryBytes: LIMITS.memoryBytes.ceiling,
}

/** The same for each build: what modules draw stands in the image, and `init` of a piece draws anew. */
const SEED = '00'.repeat(32)

/** Gaps that components of this tool have: more segments take longer to start with than zeros do. */
const MIN_GAP_BYTES = 64

/** What the libraries hold of this run's host is let go: an instance asks its own. */
const RESETS = ['reset_adapter_state', '__wasilibc_reset_preopens']

async function load({ base, folders }: Job): Promise<Loaded> {
  const bytes = readFileSync(base)
  const component = parseComponent(bytes)
  const modules = component.modules.map(
    (module) => new WebAssembly.Module(withGlobalsExported(module, STATE_EXPORTS.global) as BufferSource),
  )
  const call = createHostCall({
    env: [],
    clock: createStartClock(),
    random: createRandom(SEED),
    signal: new AbortController().signal,
    limits: { logBytes: 1024 * 1024, logLineBytes: 4096, httpBodyBytes: 0 },
    ask: () => Promise.reject(new Error('nothing answers while a piece is built')),
    post: () => {},
  })
  const scheduler = new Scheduler()
  const options = { id: 1, limits: LIMITS_OF_A_BUILD, call }
  const instance = new Instance(link(component, modules, worldWith(folders)), scheduler, options)
  await instance.start()
  let said: { val: string }
  try {
    said = (await instance.invoke('describe', [])) as { val: string }
  } catch (error) {
    // The interpreter itself gave up: what it printed says more than the trap.
    return { error: [...stderrTail(call), (error as Error).message].join('\n') }
  }
  const answer = JSON.parse(said.val) as Said
  if ('error' in answer) return answer
  await reset(instance, scheduler)
  return { component: withLeft(bytes, component, instance), origins: answer.origins }
}

/** What a core module of the base exports. */
function exported(instance: Instance, name: string): WebAssembly.ExportValue {
  const found = instance.cores.find((exports) => exports !== undefined && name in exports)?.[name]
  if (found === undefined) throw new Error(`the base exports no "${name}"`)
  return found
}

const numberOf = (instance: Instance, name: string): number =>
  (exported(instance, name) as WebAssembly.Global).value as number

/** They drop handles, which wasm may do in a slice alone. */
function reset(instance: Instance, scheduler: Scheduler): Promise<void> {
  const calls = RESETS.map((name) => exported(instance, name) as () => void)
  return new Promise((resolve, reject) =>
    scheduler.enter(instance, () => {
      try {
        for (const call of calls) call()
        resolve()
      } catch (error) {
        reject(error)
      } finally {
        scheduler.leave()
      }
    }),
  )
}

/** Each module is instantiated once: their memories and globals are those of the instance, in the same order. */
function withLeft(
  bytes: Uint8Array,
  { modules, steps }: ReturnType<typeof parseComponent>,
  instance: Instance,
): Uint8Array<ArrayBuffer> {
  const [memory, second] = instance.memories
  if (memory === undefined || second !== undefined) throw new Error(`the base has ${instance.memories.length} memories`)
  const globals = instance.globals.map(({ value }) => value as number)
  const image = new Uint8Array(memory.buffer)
  const [heapBase, stackPointer] = [numberOf(instance, '__heap_base'), numberOf(instance, '__stack_pointer')]
  clearStack(image, { heapBase, stackPointer })
  for (const [from, to] of readHeap(image, heapBase)?.free ?? []) image.fill(0, from, to)
  const bodies = [...modules]
  for (const [index, { module }] of steps.entries()) {
    const exports = instance.cores[index]
    const own = Object.keys(exports ?? {}).filter((name) => name.startsWith(STATE_EXPORTS.global))
    const holds = sectionsOf(modules[module]!).some(({ id }) => id === MODULE_SECTION.memory)
    if (own.length === 0 && !holds) continue
    bodies[module] = withImage(
      modules[module]!,
      {
        globals: globals.splice(0, own.length),
        memory: holds ? image : undefined,
      },
      MIN_GAP_BYTES,
    )
  }
  return new Uint8Array(replaceModules(bytes, bodies))
}

const loaded = await load(workerData as Job)
parentPort!.postMessage(loaded, 'component' in loaded ? [loaded.component.buffer] : [])
