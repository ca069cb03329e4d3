/**
 * @module engine/product: what the engine makes of an artifact: its core modules rewritten, and what stands around them with
 * a hash in the place of each. Runs in the inspector's child process; the supervisor only keeps what comes out.
 */
import { createHash } from 'node:crypto'
import { Refused } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { Component } from '../linker/component.ts'
import { initialMemories } from '../linker/initial-memories.ts'
import { REWRITER_VERSION, rewrite } from '../rewrite/index.ts'
import { MESSAGES } from '../wire.ts'
import { encodeSkeleton, FORM_VERSION } from './skeleton.ts'

/** Raised when the form of a product changes, or what is known of it: from 3 on its modules are valid. */
const PRODUCT_FORMAT = 4
/** Part of every path and key: another engine never reads this one's products. */
export const ENGINE_VERSION = `${PRODUCT_FORMAT}.${REWRITER_VERSION}.${FORM_VERSION}`

export interface BuiltModule {
  /** SHA-256 of `bytes`, in hexadecimal. */
  hash: string
  memoryMaximumAt?: number
  bytes: Uint8Array
}

export interface Built {
  skeleton: Uint8Array
  modules: BuiltModule[]
  /** Linear memory that an instance begins with. */
  memoryBytes: number
  /** Instructions of its code that leave what no picture holds (docs/pictures.md). */
  lasting: string[]
}

/** Of one instance. Each takes 8 GB of address space whatever its size; a process has room for some 16,000, of 1,000 calls. */
const MEMORIES = 16
/**
 * From so much memory on a call is noted where it writes: to put back a QuickJS of 4 MB or a CPython of 14 whole costs more than
 * that, to put back a small piece in Rust less. Each memory gets a second one.
 */
const MARKED_BYTES = 2 * 1024 * 1024
const MARKED_MEMORIES = 4

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

function isMarked(component: Component): boolean {
  try {
    const memories = initialMemories(component)
    return sum(memories) >= MARKED_BYTES && memories.length <= MARKED_MEMORIES
  } catch (error) {
    // What is wrong with the module is the rewriter's to say.
    if (error instanceof Refused) return false
    throw error
  }
}

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Of the random numbers of a program's start, where it renews them: in hexadecimal, the same wherever it runs. */
export const startSeedOf = (digest: string): string => hashOf(new TextEncoder().encode(`the start of ${digest}`))

/** Throws `Refused` with the reasons of all modules. `moduleBytes`: what one may have once it is metered; a cell takes no more. */
export function buildProduct(component: Component, moduleBytes: number = MESSAGES.Module.bytes): Built {
  const marks = isMarked(component)
  const reasons: string[] = []
  const allLasting = new Set<string>()
  const modules = component.modules.map((module, i): BuiltModule => {
    try {
      const { bytes, memoryMaximumAt, lasting } = rewrite(module, { memoryBytes: LIMITS.memoryBytes.ceiling, marks })
      if (bytes.length > moduleBytes)
        throw new Refused(`the module has ${bytes.length} bytes once it is metered; at most ${moduleBytes} are allowed`)
      // Cells compile it without validating it first.
      if (!WebAssembly.validate(bytes)) throw new Error('the rewriter has written a module that is not valid')
      for (const name of lasting) allLasting.add(name)
      return { hash: hashOf(bytes), bytes, ...(memoryMaximumAt === undefined ? {} : { memoryMaximumAt }) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const place = component.modules.length === 1 ? '' : `core module ${i}: `
      reasons.push(...error.reasons.map((reason) => `${place}${reason}`))
      return { hash: '', bytes: module }
    }
  })
  if (reasons.length > 0) throw new Refused(reasons)
  const memories = initialMemories(component)
  if (memories.length > MEMORIES)
    throw new Refused(`an instance has ${memories.length} memories; at most ${MEMORIES} are allowed`)
  const hashes = modules.map(({ hash }) => Uint8Array.fromHex(hash))
  const skeleton = encodeSkeleton(component, hashes)
  const memoryBytes = sum(memories)
  return { skeleton, modules, memoryBytes, lasting: [...allLasting].sort() }
}
