/**
 * @module cell: the inside of a cell in this process, so that a test sees what no caller may see: the memories of an instance
 * at the end of a call, and after it.
 */
import { CellCall } from '../../packages/executor/src/cell/call.ts'
import { Instances } from '../../packages/executor/src/cell/instances.ts'
import { MemoryBudget } from '../../packages/executor/src/cell/memory.ts'
import { unpackPicture } from '../../packages/executor/src/cell/packed.ts'
import { Programs } from '../../packages/executor/src/cell/programs.ts'
import { callMessage } from '../../packages/executor/src/cells/ticket.ts'
import type { EffectReply } from '../../packages/executor/src/effect.ts'
import { startSeedOf } from '../../packages/executor/src/engine/product.ts'
import type { ProgramProduct } from '../../packages/executor/src/engine.ts'
import type { Instance } from '../../packages/executor/src/linker/instance.ts'
import type { Picture } from '../../packages/executor/src/linker/picture.ts'
import { Scheduler } from '../../packages/executor/src/linker/scheduler.ts'
import type { DoneMessage, Messages } from '../../packages/executor/src/wire.ts'
import { type JobOptions, job } from '../cells/pieces.ts'

const MiB = 1024 * 1024
const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()

export type Answers = Readonly<Record<string, (ask: unknown, bytes: Uint8Array) => Partial<EffectReply>>>

export interface Ask extends Omit<JobOptions, 'answers' | 'outside'> {
  fresh?: boolean
  env?: Record<string, string>
  config?: string
  work?: 'describe' | 'action' | 'trigger'
  hook?: string
  answers?: Answers
  /** Called when the end has been said and before the instance is given back. */
  atEnd?: (instance: Instance) => void
  /** Cancels the call at its first effect. */
  cancelled?: boolean
}

export interface Ended {
  done: DoneMessage
  output: string
  /** The last one that ran for the call. */
  instance: Instance
  logs: string[]
}

export interface InnerCell {
  call(product: ProgramProduct, ask?: Ask): Promise<Ended>
  readonly instances: Instances
  readonly memory: MemoryBudget
  /** What its programs' starts left, as it would be kept on disk. */
  readonly pictures: Picture[]
  /** What was found unequal. */
  readonly unequal: string[]
  /** Called in each slice's end. */
  onSlice: ((instance: Instance) => void) | undefined
}

/** `picture`: of its first program, in zstd; without one it is wanted. */
export function innerCell({ memoryBytes = 1024 * MiB, picture = undefined as Uint8Array | undefined } = {}): InnerCell {
  const programs = new Programs()
  const memory = new MemoryBudget(memoryBytes)
  const calls = new Map<number, CellCall>()
  const ran = new Map<number, Instance>()
  const unequal: string[] = []
  const scheduler = new Scheduler({
    afterSlice: (instance) => {
      ran.set(instance.id, instance)
      calls.get(instance.id)?.measure()
      cell.onSlice?.(instance)
    },
  })
  const differs = (_: unknown, detail: string): void => void unequal.push(detail)
  const pictures: Picture[] = []
  const pictured = (_: unknown, picture: Picture): void => void pictures.push(picture)
  const instances = new Instances({ scheduler, memory, compareEvery: 1, pictured, differs })
  const loaded = new Set<string>()
  let ids = 0

  /** Answers come when nobody runs, and all that are there at once: how slices fell makes no difference to a call. */
  const due: (() => void)[] = []
  function atRest(answer: () => void): void {
    due.push(answer)
    if (due.length === 1) setImmediate(deliver)
  }
  function deliver(): void {
    if (scheduler.current !== undefined || scheduler.waiting > 0) setImmediate(deliver)
    else for (const answer of due.splice(0)) answer()
  }

  async function load(product: ProgramProduct): Promise<void> {
    if (loaded.has(product.key)) return
    loaded.add(product.key)
    const { key, digest, memoryBytes, lasting, skeleton } = product
    for (const { bytes, ...module } of product.modules) programs.addModule(module, await bytes())
    const modules = product.modules.map(({ hash }) => hash)
    programs.addProgram(
      { key, modules, memoryBytes, lasting, seed: startSeedOf(digest), wantsPicture: picture === undefined },
      skeleton,
    )
    if (picture !== undefined) programs.addPicture({ key }, unpackPicture(picture))
  }

  async function call(product: ProgramProduct, ask: Ask = {}): Promise<Ended> {
    await load(product)
    const { fresh = false, env = {}, config = '{}', work = 'action', hook, answers = {}, atEnd, cancelled } = ask
    const given = job(product, ask as JobOptions)
    const { message, bytes } = callMessage(
      {
        ...given,
        env,
        work:
          work === 'describe'
            ? { kind: work }
            : {
                ...(given.work as { name: string; input: Uint8Array }),
                ...{ kind: work, config: encoder.encode(config), ...(hook && { hook: hook as 'run' }) },
              },
      },
      fresh,
    )
    const id = ++ids
    const logs: string[] = []
    const ended: Partial<Ended> = { logs }
    const send = (name: string, _: number, seq: number, json: unknown, sent: Uint8Array = NOTHING): void => {
      if (name === 'Effect') {
        const { kind, ask } = json as Messages['Effect']
        if (seq === 0) {
          if (kind === 'log') logs.push((ask as { message: string }).message)
          return
        }
        if (cancelled) one.cancel()
        const answer = answers[kind]
        if (answer === undefined) throw new Error(`no answer for ${kind}`)
        atRest(() => {
          const reply = answer(ask, sent)
          one.reply(seq, reply.answer ?? {}, reply.bytes ?? NOTHING)
        })
      }
      if (name === 'Done') {
        ended.done = json as DoneMessage
        ended.output = Buffer.from(sent).toString('utf8')
        ended.instance = ran.get(id)!
        if (ended.instance !== undefined) atEnd?.(ended.instance)
      }
    }
    const one = new CellCall({ programs, instances, scheduler, memory, send: send as never }, id, message, bytes)
    calls.set(id, one)
    await one.run()
    calls.delete(id)
    ran.delete(id)
    return ended as Ended
  }

  const cell: InnerCell = { call, instances, memory, pictures, unequal, onSlice: undefined }
  return cell
}
