/** @module cells/loaded: which programs a cell has, and which it must forget to take another. */
import type { ProgramProduct } from '../engine.ts'

interface Entry {
  digest: string
  hashes: readonly string[]
  /** Of its skeleton and its picture; a component may be types and names without end, and no module. */
  bytes: number
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

/** Least recently used first. Modules that programs share are sent once; the cell counts their users by the same rule. */
export class Loaded {
  readonly #maxBytes: number
  readonly #port: LoadedPort
  readonly #programs = new Map<string, Entry>()
  readonly #modules = new Map<string, { bytes: number; users: number }>()
  readonly #coming = new Map<string, Promise<void>>()
  #bytes = 0

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
    const [picture, ...bodies] = await Promise.all([
      this.#port.pictureOf(product),
      ...product.modules.map(async (one) => [one, await one.bytes()] as const),
    ])
    // From here on without a pause: what the cell has cannot change in between.
    const hashes = [...new Set(product.modules.map((one) => one.hash))]
    for (const [{ hash, memoryMaximumAt }, bytes] of bodies) {
      const known = this.#modules.get(hash)
      if (known !== undefined) continue
      this.#modules.set(hash, { bytes: bytes.length, users: 0 })
      this.#bytes += bytes.length
      this.#port.module(memoryMaximumAt === undefined ? { hash } : { hash, memoryMaximumAt }, bytes)
    }
    for (const hash of hashes) this.#modules.get(hash)!.users++
    const wantsPicture = product.stays && picture === undefined
    const bytes = product.skeleton.length + (picture?.length ?? 0)
    this.#programs.set(product.key, {
      digest: product.digest,
      hashes,
      bytes,
      calls: 0,
      usedAt: performance.now(),
      wantsPicture,
    })
    this.#bytes += bytes
    this.#port.program(product, wantsPicture)
    if (picture !== undefined) this.#port.picture(product.key, picture)
    this.#shrink(product.key)
  }

  #shrink(keep: string): void {
    for (const [key, entry] of this.#programs) {
      if (this.#bytes <= this.#maxBytes) return
      if (entry.calls === 0 && key !== keep) this.#unload(key, entry)
    }
  }

  #unload(key: string, entry: Entry): void {
    this.#programs.delete(key)
    this.#bytes -= entry.bytes
    for (const hash of entry.hashes) {
      const module = this.#modules.get(hash)!
      if (--module.users > 0) continue
      this.#modules.delete(hash)
      this.#bytes -= module.bytes
    }
    this.#port.unload(key)
  }
}
