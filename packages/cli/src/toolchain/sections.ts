/** @module sections: reads and writes the sections of core modules and components, as far as a snapshot needs it. */

export interface Section {
  id: number
  body: Uint8Array
}

export const COMPONENT_SECTION = { coreModule: 1, component: 4 } as const
export const MODULE_SECTION = {
  custom: 0,
  import: 2,
  memory: 5,
  global: 6,
  export: 7,
  code: 10,
  data: 11,
  dataCount: 12,
} as const

const PREAMBLE_BYTES = 8

/** Reads LEB128 numbers, names and bytes one after the other. */
export class Cursor {
  at = 0
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
  get done(): boolean {
    return this.at >= this.bytes.length
  }
  byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw new Error('a section ends too early')
    return byte
  }
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new Error('a number of a section is too long')
  }
  i32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? value | (-1 << (shift + 7)) : value
    }
    throw new Error('a number of a section is too long')
  }
  take(length: number): Uint8Array {
    const part = this.bytes.subarray(this.at, this.at + length)
    if (part.length !== length) throw new Error('a section ends too early')
    this.at += length
    return part
  }
  name(): string {
    return new TextDecoder().decode(this.take(this.u32()))
  }
}

export function sectionsOf(bytes: Uint8Array): Section[] {
  const cursor = new Cursor(bytes)
  cursor.at = PREAMBLE_BYTES
  const sections: Section[] = []
  while (!cursor.done) {
    const id = cursor.byte()
    sections.push({ id, body: cursor.take(cursor.u32()) })
  }
  return sections
}

export function u32(value: number): number[] {
  const bytes: number[] = []
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0))
    value >>>= 7
  } while (value > 0)
  return bytes
}

export function i32(value: number): number[] {
  const bytes: number[] = []
  for (;;) {
    const byte = value & 0x7f
    value >>= 7
    if ((value === 0 && !(byte & 0x40)) || (value === -1 && byte & 0x40)) return [...bytes, byte]
    bytes.push(byte | 0x80)
  }
}

/** The binary with other sections; its preamble is kept. */
export function withSections(bytes: Uint8Array, sections: readonly Section[]): Uint8Array {
  const parts: Uint8Array[] = [bytes.subarray(0, PREAMBLE_BYTES)]
  for (const { id, body } of sections) parts.push(Uint8Array.from([id, ...u32(body.length)]), body)
  return new Uint8Array(Buffer.concat(parts))
}

/** The component with each of its core modules, at any depth, put through `change`. */
export function mapCoreModules(component: Uint8Array, change: (module: Uint8Array) => Uint8Array): Uint8Array {
  const sections = sectionsOf(component).map(({ id, body }) => {
    if (id === COMPONENT_SECTION.coreModule) return { id, body: change(body) }
    if (id === COMPONENT_SECTION.component) return { id, body: mapCoreModules(body, change) }
    return { id, body }
  })
  return withSections(component, sections)
}
