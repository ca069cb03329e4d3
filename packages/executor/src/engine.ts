/**
 * @module engine: keeps what is made of each artifact, so that it is made once: on disk by digest and engine version. In
 * memory, by use, is what stands around the modules; they pass through. V8 cannot serialise compiled modules: what is kept
 * are rewritten bytes.
 *
 * `<folder>/<engine version>/products/<digest>` holds the skeleton and names the modules, `modules/<hash>` one core module;
 * pieces of one toolchain share theirs; `pictures/` is pictures.ts's. Two executors may use one folder: files are written whole and never changed.
 */
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { readPassing } from './engine/passing.ts'
import { Pictures } from './engine/pictures.ts'
import { type Built, ENGINE_VERSION, hashOf } from './engine/product.ts'
import { decodeProduct, encodeProduct, type StoredProduct } from './engine/stored-product.ts'
import { runChild } from './inspect/child.ts'
import { codeOf, isTemporary, sweepTemporary, writeAtomic } from './state/atomic-file.ts'
import { storageFailure } from './state/storage-error.ts'

export interface ProductModule {
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly hash: string
  readonly memoryMaximumAt?: number
  /** Each caller's own, to let go (passing.ts). */
  readonly bytes: () => Promise<Uint8Array>
}

export interface ProgramProduct {
  /** Digest and engine version. */
  readonly key: string
  readonly digest: string
  /** What stands around the modules (skeleton.ts). */
  readonly skeleton: Uint8Array
  readonly modules: readonly ProductModule[]
  /** Linear memory that an instance begins with. */
  readonly memoryBytes: number
  /** Instructions of its code that leave what no picture holds. */
  readonly lasting: readonly string[]
  /** Whether what its start leaves is worth a file: it will be called again. */
  readonly stays: boolean
}

export interface EngineOptions {
  folder: string
  diskBytes: number
  memoryBytes: number
}

/** What the engine did since it was opened. */
export interface EngineCounts {
  builds: number
  diskReads: number
  /** Files whose bytes were not what their name says; each was made again. */
  damaged: number
}

const keyOf = (digest: string): string => `${digest}+${ENGINE_VERSION}`

/** A product that is not on disk: all of it in memory. */
export const productOf = (
  digest: string,
  { skeleton, modules, memoryBytes, lasting }: Built,
  stays = false,
): ProgramProduct => ({
  key: keyOf(digest),
  digest,
  skeleton,
  memoryBytes,
  lasting,
  stays,
  modules: modules.map(({ bytes, ...one }) => ({ ...one, bytes: async () => bytes })),
})

/** A file's time of change is its last use; it need not be exact. */
const TOUCH_MS = 10 * 60_000
/** A write takes seconds: what is older was interrupted. */
const LEFTOVER_MS = 60 * 60_000
/** What nobody asked for meanwhile is read from the disk again. */
const MEMORY_MS = 30_000

export class Engine {
  readonly pictures: Pictures
  readonly counts: EngineCounts = { builds: 0, diskReads: 0, damaged: 0 }
  readonly #folder: string
  readonly #diskBytes: number
  readonly #products: string
  readonly #modules: string
  readonly #memory: LRUCache<string, { product: StoredProduct } | { module: Uint8Array }>
  /** By digest: callers that come together share one build. */
  readonly #building = new Map<string, Promise<Built>>()
  readonly #touched = new LRUCache<string, true>({ max: 10_000, ttl: TOUCH_MS })
  /** One at a time, and never while this process is being closed. */
  #upkeep: Promise<void> = Promise.resolve()

  readonly #sweeper = setInterval(() => this.#memory.purgeStale(), MEMORY_MS / 2).unref()

  private constructor({ folder, diskBytes, memoryBytes }: EngineOptions) {
    this.#folder = folder
    this.#diskBytes = diskBytes
    this.#products = join(folder, ENGINE_VERSION, 'products')
    this.#modules = join(folder, ENGINE_VERSION, 'modules')
    this.pictures = new Pictures(join(folder, ENGINE_VERSION, 'pictures'), () => this.#evict())
    this.#memory = new LRUCache({
      maxSize: Math.max(1, memoryBytes),
      sizeCalculation: (one) => ('module' in one ? one.module.length : one.product.skeleton.length) + 1,
      ttl: MEMORY_MS,
      updateAgeOnGet: true,
    })
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options)
    for (const folder of [engine.#products, engine.#modules]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await sweepTemporary(folder, LEFTOVER_MS)
    }
    await engine.pictures.open()
    await engine.#evict()
    return engine
  }

  /** `artifact` is asked only where nothing usable is kept. Throws AP_INVALID_COMPONENT where the artifact is refused. */
  async product(digest: string, artifact: () => Promise<Uint8Array>): Promise<ProgramProduct> {
    const stored = await this.#stored(digest)
    if (stored === undefined) return this.#product(digest, await this.#build(digest, artifact), artifact)
    this.#touch(digest, stored)
    return this.#product(digest, stored, artifact)
  }

  /** Keeps what was built elsewhere (by the inspector), so that it is not built again. */
  async keep(digest: string, built: Built): Promise<void> {
    const { modules, skeleton, memoryBytes, lasting } = built
    const names = modules.map(({ bytes: _, ...one }) => one)
    this.#memory.set(digest, { product: { skeleton, modules: names, memoryBytes, lasting } })
    try {
      for (const { hash, bytes } of modules) await this.#write(join(this.#modules, hash), bytes)
      await this.#write(join(this.#products, fileOf(digest)), encodeProduct(built))
    } catch (error) {
      if (storageFailure(error) === undefined) throw error
    }
    await this.#evict()
    // A cache is not worth a call: what the disk has no room for is in memory for a while, and then built again.
    for (const { hash, bytes } of modules)
      if ((await sizeOf(join(this.#modules, hash))) !== bytes.length) this.#memory.set(hash, { module: bytes })
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#building.values())
    await this.pictures.close()
    await this.#upkeep
    clearInterval(this.#sweeper)
    this.#memory.clear()
  }

  #product(digest: string, stored: StoredProduct, artifact: () => Promise<Uint8Array>): ProgramProduct {
    const { skeleton, modules, memoryBytes, lasting } = stored
    return {
      key: keyOf(digest),
      digest,
      skeleton,
      memoryBytes,
      lasting,
      stays: true,
      modules: modules.map(({ hash, memoryMaximumAt }) => ({
        hash,
        ...(memoryMaximumAt === undefined ? {} : { memoryMaximumAt }),
        bytes: () => this.#moduleBytes(hash, digest, artifact),
      })),
    }
  }

  async #stored(digest: string): Promise<StoredProduct | undefined> {
    const remembered = this.#memory.get(digest)
    if (remembered !== undefined && 'product' in remembered) return remembered.product
    const path = join(this.#products, fileOf(digest))
    const bytes = await this.#read(path, readFile)
    if (bytes === undefined) return undefined
    const product = decodeProduct(bytes)
    if (product === undefined) await this.#discard(path)
    else this.#memory.set(digest, { product })
    return product
  }

  async #moduleBytes(hash: string, digest: string, artifact: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const remembered = this.#memory.get(hash)
    if (remembered !== undefined && 'module' in remembered) return remembered.module
    const path = join(this.#modules, hash)
    const bytes = await this.#read(path, readPassing)
    if (bytes !== undefined && hashOf(bytes) === hash) return bytes
    // Evicted by another executor, or damaged: its product is made again, with all its modules.
    if (bytes !== undefined) await this.#discard(path)
    const built = await this.#build(digest, artifact)
    const module = built.modules.find((one) => one.hash === hash)
    if (module === undefined) throw new Error(`the product of ${digest} has no module ${hash} any more`)
    return module.bytes
  }

  #build(digest: string, artifact: () => Promise<Uint8Array>): Promise<Built> {
    const building = this.#building.get(digest)
    if (building !== undefined) return building
    const work = async (): Promise<Built> => {
      const bytes = await artifact()
      this.counts.builds++
      const { built } = await runChild('build', bytes)
      await this.keep(digest, built)
      return built
    }
    const promise = work().finally(() => this.#building.delete(digest))
    this.#building.set(digest, promise)
    return promise
  }

  async #read(path: string, how: (path: string) => Promise<Uint8Array>): Promise<Uint8Array | undefined> {
    try {
      const bytes = await how(path)
      this.counts.diskReads++
      return bytes
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    if ((await sizeOf(path)) === bytes.length) return
    await writeAtomic(path, bytes, 'a product of the cache', true)
  }

  async #discard(path: string): Promise<void> {
    this.counts.damaged++
    await rm(path, { force: true })
  }

  /** Marks as used, at most once in a while; nobody waits for it. */
  #touch(digest: string, { modules }: StoredProduct): void {
    if (this.#touched.has(digest)) return
    this.#touched.set(digest, true)
    const paths = [join(this.#products, fileOf(digest)), ...modules.map(({ hash }) => join(this.#modules, hash))]
    this.#upkeep = this.#upkeep.then(async () => {
      const now = new Date()
      for (const path of paths) await utimes(path, now, now).catch(() => {})
    })
  }

  /** Drops what was not used for longest, of any engine version, until the folder fits. */
  #evict(): Promise<void> {
    const done = this.#upkeep.then(async () => {
      const files = await this.#files()
      let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
      for (const file of files.sort((a, b) => a.usedAt - b.usedAt)) {
        if (bytes <= this.#diskBytes) break
        await rm(file.path, { force: true })
        bytes -= file.bytes
      }
    })
    this.#upkeep = done.catch(() => {})
    return done
  }

  async #files(): Promise<{ path: string; bytes: number; usedAt: number }[]> {
    const files: { path: string; bytes: number; usedAt: number }[] = []
    for (const entry of await readdir(this.#folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || isTemporary(entry.name)) continue
      const path = join(entry.parentPath, entry.name)
      // Another executor may have removed it in between.
      const found = await stat(path).catch(() => undefined)
      if (found !== undefined) files.push({ path, bytes: found.size, usedAt: found.mtimeMs })
    }
    return files
  }
}

/** Undefined: it is not there. */
const sizeOf = async (path: string): Promise<number | undefined> => (await stat(path).catch(() => undefined))?.size

const fileOf = (digest: string): string => digest.slice('sha256:'.length)
