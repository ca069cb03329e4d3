/** @module piece/sizes: which part of an artifact takes how many bytes. */

import type { Component } from '../linker/component.ts'
import { Reader } from '../linker/reader.ts'
import { customSections } from './custom-sections.ts'

export interface PartSize {
  part: string
  bytes: number
}

const CUSTOM = 0
const CODE = 10
const DATA = 11

/** Largest first; the sum is the whole file. */
export function sizesOf(bytes: Uint8Array, component: Component, manifestSection: string): PartSize[] {
  const parts = { code: 0, data: 0, 'names and debug': 0, 'other parts of the core modules': 0 }
  for (const module of component.modules) {
    const reader = new Reader(module)
    reader.at = 8
    let counted = 0
    while (!reader.done) {
      const from = reader.at
      const id = reader.byte()
      reader.slice(reader.u32())
      const size = reader.at - from
      if (id === CODE) parts.code += size
      else if (id === DATA) parts.data += size
      else if (id === CUSTOM) parts['names and debug'] += size
      else continue
      counted += size
    }
    parts['other parts of the core modules'] += module.length - counted
  }
  const manifest = customSections(bytes, manifestSection).reduce((sum, section) => sum + section.length, 0)
  const rest = bytes.length - manifest - Object.values(parts).reduce((sum, size) => sum + size, 0)
  return Object.entries({ ...parts, manifest, 'types and wiring of the component': rest })
    .map(([part, bytes]) => ({ part, bytes }))
    .filter((one) => one.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
}
