/** @module cell/programs: programs by key, linked at their first call. Modules that several share are kept once. */
import { decodeSkeleton } from '../engine/skeleton.ts'
import { PieceError, Refused } from '../errors.ts'
import { WORLD } from '../host/index.ts'
import type { Picture } from '../linker/picture.ts'
import { link, type Program } from '../linker/program.ts'
import { setMemoryMaximum } from '../rewrite/index.ts'
import type { Messages } from '../wire.ts'

export interface LinkedProgram {
  readonly id: number
  readonly key: string
  readonly program: Program
  /** Linear memory that an instance has from its first moment. */
  readonly minimumBytes: number
  /** Instructions of its code that leave what no picture holds. */
  readonly lasting: readonly string[]
  /** Of the random numbers of its start, where it renews them. */
  readonly seed: string
  /** Whether what a start leaves is asked for. */
  wantsPicture?: boolean
  /** What a start left elsewhere, with an environment that was empty or not asked for. */
  picture?: Picture | undefined
  renews: boolean
  /** Whether the start reads the environment; known with the first picture. */
  readsEnvironment: boolean
  /** Why each call gets a new instance, once something stands against pictures. */
  fresh: string | undefined
}

interface ModuleEntry {
  bytes: Uint8Array
  memoryMaximumAt: number | undefined
  users: number
  /** By the maximum of its memory in pages; a module without a memory of its own has one. */
  compiled: Map<number, Promise<WebAssembly.Module>>
}

interface ProgramEntry extends Omit<Messages['Program'], 'memoryBytes'> {
  skeleton: Uint8Array
  picture: Promise<Picture | undefined> | undefined
  minimumBytes: number
  /** By the maximum of its memories in pages. */
  linked: Map<number, Promise<LinkedProgram>>
}

const PAGE_BYTES = 65_536
const MOST_PAGES = 65_536
/** Of a module without a memory of its own, which is the same under every limit. */
const ANY_PAGES = 0
/** Callers choose the limit: each value is a program of its own. */
const VARIANTS = 4

export class Programs {
  readonly #modules = new Map<string, ModuleEntry>()
  readonly #programs = new Map<string, ProgramEntry>()
  #linkedCount = 0

  addModule({ hash, memoryMaximumAt }: Messages['Module'], bytes: Uint8Array): void {
    const module: ModuleEntry = { bytes: kept(bytes), memoryMaximumAt, users: 0, compiled: new Map() }
    this.#modules.set(hash, module)
    // A call waits for it: this one is compiled while the next is on its way.
    if (memoryMaximumAt === undefined) void compile(module, ANY_PAGES)
  }

  addProgram({ memoryBytes, ...program }: Messages['Program'], skeleton: Uint8Array): void {
    const { key, modules } = program
    for (const hash of new Set(modules)) this.#modules.get(hash)!.users++
    this.#programs.set(key, {
      ...program,
      skeleton: kept(skeleton),
      picture: undefined,
      minimumBytes: memoryBytes,
      linked: new Map(),
    })
  }

  /** `picture` resolves to nothing where its bytes are none: then the language starts. */
  addPicture({ key }: Messages['Picture'], picture: Promise<Picture | undefined>): void {
    const program = this.#programs.get(key)
    if (program !== undefined) program.picture = picture
  }

  /** Answers with what was linked of it. */
  unload(key: string): Promise<LinkedProgram>[] {
    const program = this.#programs.get(key)
    if (program === undefined) return []
    this.#programs.delete(key)
    for (const hash of new Set(program.modules)) if (--this.#modules.get(hash)!.users === 0) this.#modules.delete(hash)
    return [...program.linked.values()]
  }

  /** A promise that is kept: the same for each call of the program under the same limit. `cold` if this is its first. */
  linked(key: string, memoryBytes: number): { linked: Promise<LinkedProgram>; cold: boolean } {
    const entry = this.#programs.get(key)
    if (entry === undefined) throw new Error(`the program ${key} was not sent`)
    const { minimumBytes } = entry
    if (minimumBytes > memoryBytes) throw new PieceError('AP_MEMORY_EXCEEDED', { bytes: minimumBytes, memoryBytes })
    const pages = Math.min(MOST_PAGES, Math.floor(memoryBytes / PAGE_BYTES))
    const known = used(entry.linked, pages)
    if (known !== undefined) return { linked: known, cold: false }
    const linked = this.#link(entry, pages)
    keep(entry.linked, pages, linked)
    return { linked, cold: true }
  }

  async #link(entry: ProgramEntry, pages: number): Promise<LinkedProgram> {
    const { key, minimumBytes, lasting, seed, wantsPicture } = entry
    const component = decodeSkeleton(entry.skeleton)
    const modules = component.modules.map((hash) => this.#modules.get(hash.toHex())!)
    const [picture, ...compiled] = await Promise.all([
      entry.picture,
      ...modules.map((module) => compile(module, pages)),
    ])
    try {
      const program = link(component, compiled, WORLD)
      return {
        ...{ id: ++this.#linkedCount, key, program, minimumBytes, lasting, seed, picture },
        wantsPicture: wantsPicture || (entry.picture !== undefined && picture === undefined),
        ...{ renews: program.renews !== undefined, readsEnvironment: false, fresh: undefined },
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      throw new PieceError('AP_INVALID_COMPONENT', { reasons: error.reasons })
    }
  }
}

/** A frame's bytes are a view of what the socket read: kept for long, they are a copy, unless they are most of it. */
const kept = (bytes: Uint8Array): Uint8Array => (bytes.length * 2 > bytes.buffer.byteLength ? bytes : bytes.slice())

/** Off the main thread, so that neighbours go on. */
function compile(module: ModuleEntry, pages: number): Promise<WebAssembly.Module> {
  const { bytes, memoryMaximumAt } = module
  const variant = memoryMaximumAt === undefined ? ANY_PAGES : pages
  const known = used(module.compiled, variant)
  if (known !== undefined) return known
  // `compile` copies what it is given before it returns: the next variant may write over this one.
  if (memoryMaximumAt !== undefined) setMemoryMaximum(bytes, memoryMaximumAt, pages)
  const compiled = WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>)
  keep(module.compiled, variant, compiled)
  return compiled
}

/** To the end of the line: whoever asks for ever new limits does not push out what others use. */
function used<T>(map: Map<number, Promise<T>>, key: number): Promise<T> | undefined {
  const known = map.get(key)
  if (known !== undefined) {
    map.delete(key)
    map.set(key, known)
  }
  return known
}

/** A failure is not kept: the next call may have more luck. */
function keep<T>(map: Map<number, Promise<T>>, key: number, value: Promise<T>): void {
  map.set(key, value)
  value.catch(() => map.delete(key))
  if (map.size > VARIANTS) map.delete(map.keys().next().value!)
}
