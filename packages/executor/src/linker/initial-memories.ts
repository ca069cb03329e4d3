/** @module initial-memories: the memories that an instance of a component begins with. */
import type { Component } from './component.ts'
import { Reader } from './reader.ts'

const PAGE_BYTES = 65_536
const MEMORY_SECTION = 5

/** The bytes of each. Of modules that the rewriter accepts: at most one memory each, 32-bit. */
export function initialMemories({ modules, steps }: Pick<Component, 'modules' | 'steps'>): number[] {
  const initial = modules.map(initialBytes)
  return steps.flatMap((step) => initial[step.module] ?? [])
}

function initialBytes(module: Uint8Array): number | undefined {
  const reader = new Reader(module)
  reader.at = 8
  while (!reader.done) {
    const id = reader.byte()
    const content = reader.slice(reader.u32())
    if (id !== MEMORY_SECTION || content.u32() === 0) continue
    content.byte()
    return content.u32() * PAGE_BYTES
  }
  return undefined
}
