/** @module cells/loaded: which programs a cell has, and which it must forget to take another. */

import { letGo } from '../engine/passing.ts'
import type { ProductModule, ProgramProduct } from '../engine.ts'

interface Entry {
  digest: string
  hashes: readonly string[]
  /** Of its skeleton and its picture; a component may be types and names without end, and no module. */
  bytes: number
  /** Linear memory that each of its instances began with. */
  memoryBytes: number
  /** Calls of it that the cell has; then it stays. */
  calls: number
  usedAt: number
  /** Its cell was asked for what a start leaves. */
  wantsPicture: boolean
}

export interface LoadedPort {
  /** What a start of it left, if that is known. */
  pictureOf(product: ProgramProduct): Promise<Uint8Array | undefined>
  picture(key: string, bytes: Uint8Array): void

  module(module: { hash: string; memoryMaximumAt?: number }, bytes: Uint8Array): void
  program(product: ProgramProduct, wantsPicture: boolean): void
  unload(key: string): void
}

/** Less is not worth a process. */
const WORN_BYTES = 8 * 1024 * 1024
/** What its successor reads and compiles again is at most this part of what the cell did in vain. */
const WORN_TIMES = 4

/** Least recently used first. Modules that programs share are sent once; the cell counts their users by the same rule. */
export class Loaded {
  readonly #maxBytes: number
  readonly #port: LoadedPort
  readonly #programs = new Map<string, Entry>()
  readonly #modules = new Map<string, { bytes: number; users: number }>()
  readonly #coming = new Map<string, Promise<void>>()
  #bytes = 0
  #leftBytes = 0

  constructor(maxBytes: number, port: LoadedPort) {
    this.#maxBytes = maxBytes
    this.#port = port
  }

  get programs(): number {
    return this.#programs.size
  }
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Programs that left took more than the process will give back by itself: V8 frees code and memories when it collects,
   * which a quiet cell never does, and malloc returns little of what is in pieces. Only its end gives back all.
   */
  get worn(): boolean {
    return this.#leftBytes > Math.max(WORN_BYTES, this.#bytes * WORN_TIMES)
  }

  /** The digest of a program that was asked for its picture; it may answer once. */
  pictured(key: string): string | undefined {
    const entry = this.#programs.get(key)
    if (entry?.wantsPicture !== true) return undefined
    entry.wantsPicture = false
    return entry.digest
  }

  has(key: string): boolean {
    return this.#programs.has(key)
  }

  /** Marks the program as used by one more call; a promise if it has to be sent first. */
  use(product: ProgramProduct): Promise<void> | undefined {
    const entry = this.#programs.get(product.key)
    if (entry === undefined) return this.#load(product)
    this.#programs.delete(product.key)
    this.#programs.set(product.key, entry)
    entry.calls++
    entry.usedAt = performance.now()
    return undefined
  }

  release(key: string): void {
    const entry = this.#programs.get(key)
    if (entry === undefined) return
    if (entry.calls > 0) entry.calls--
    entry.usedAt = performance.now()
  }

  /** Those that no call had since then; the next one reads them from the disk again. */
  unloadIdle(since: number): void {
    for (const [key, entry] of this.#programs) if (entry.calls === 0 && entry.usedAt < since) this.#unload(key, entry)
  }

  async #load(product: ProgramProduct): Promise<void> {
    const { key } = product
    // Another program that came at the same moment may have taken its place before the call could hold it.
    while (!this.#programs.has(key)) {
      const coming = this.#coming.get(key) ?? this.#send(product)
      this.#coming.set(key, coming)
      try {
        await coming
      } finally {
        if (this.#coming.get(key) === coming) this.#coming.delete(key)
      }
    }
    this.#programs.get(key)!.calls++
  }

  async #send(product: ProgramProduct): Promise<void> {
    const modules = new Map(product.modules.map((one) => [one.hash, one]))
    const bodies = new Map<string, Uint8Array>()
    const lacking = () => [...modules.values()].filter(({ hash }) => !this.#modules.has(hash) && !bodies.has(hash))
    const read = async (one: ProductModule) => bodies.set(one.hash, await one.bytes())
    const [picture] = await Promise.all([this.#port.pictureOf(product), ...lacking().map(read)])
    // What the cell had may have left meanwhile.
    for (let more = lacking(); more.length > 0; more = lacking()) await Promise.all(more.map(read))
    // From here on without a pause: what the cell has cannot change in between.
    // The largest first: the cell compiles it while the others are on their way.
    for (const [hash, bytes] of [...bodies].sort(([, a], [, b]) => b.length - a.length)) {
      if (this.#modules.has(hash)) {
        letGo(bytes)
        continue
      }
      const { memoryMaximumAt } = modules.get(hash)!
      this.#modules.set(hash, { bytes: bytes.length, users: 0 })
      this.#bytes += bytes.length
      this.#port.module(memoryMaximumAt === undefined ? { hash } : { hash, memoryMaximumAt }, bytes)
    }
    for (const hash of modules.keys()) this.#modules.get(hash)!.users++
    this.#add(product, [...modules.keys()], picture)
    this.#shrink(product.key)
  }

  #add(product: ProgramProduct, hashes: readonly string[], picture: Uint8Array | undefined): void {
    const { key, digest, skeleton, stays, memoryBytes } = product
    const wantsPicture = stays && picture === undefined
    const bytes = skeleton.length + (picture?.length ?? 0)
    this.#programs.set(key, {
      ...{ digest, hashes, bytes, memoryBytes, wantsPicture },
      ...{ calls: 0, usedAt: performance.now() },
    })
    this.#bytes += bytes
    this.#port.program(product, wantsPicture)
    if (picture !== undefined) this.#port.picture(key, picture)
  }

  #shrink(keep: string): void {
    for (const [key, entry] of this.#programs) {
      if (this.#bytes <= this.#maxBytes) return
      if (entry.calls === 0 && key !== keep) this.#unload(key, entry)
    }
  }

  #unload(key: string, entry: Entry): void {
    const before = this.#bytes
    this.#programs.delete(key)
    this.#bytes -= entry.bytes
    for (const hash of entry.hashes) {
      const module = this.#modules.get(hash)!
      if (--module.users > 0) continue
      this.#modules.delete(hash)
      this.#bytes -= module.bytes
    }
    this.#leftBytes += before - this.#bytes + entry.memoryBytes
    this.#port.unload(key)
  }
}
