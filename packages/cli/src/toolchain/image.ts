/**
 * @module image: a module's memory and globals as they stand in it and as they are written back: a program that ran in an
 * instance goes on in every instance of the module that is made of what it left.
 */
import { Cursor, i32, MODULE_SECTION, type Section, sectionsOf, u32, withSections } from './sections.ts'

export const PAGE_BYTES = 65_536

const [I32, I32_CONST, END] = [0x7f, 0x41, 0x0b]

export interface DataSegment {
  offset: number
  bytes: Uint8Array
}

/** Active segments of memory 0 with constant offsets; undefined when there is another kind. */
export function readData(body: Uint8Array): DataSegment[] | undefined {
  const cursor = new Cursor(body)
  const segments: DataSegment[] = []
  for (let left = cursor.u32(); left > 0; left--) {
    if (cursor.u32() !== 0 || cursor.byte() !== I32_CONST) return undefined
    const offset = cursor.i32()
    if (cursor.byte() !== END) return undefined
    segments.push({ offset, bytes: cursor.take(cursor.u32()) })
  }
  return segments
}

/** A gap of zeros shorter than this is written out: a segment of its own costs about 8 bytes. */
const MIN_GAP_BYTES = 12

/** What is not zero in a memory, as a section of data segments. */
export function writeData(image: Uint8Array, minGapBytes = MIN_GAP_BYTES): { count: number; body: Uint8Array } {
  const parts: Uint8Array[] = []
  let count = 0
  let at = 0
  while (at < image.length) {
    while (at < image.length && image[at] === 0) at++
    if (at === image.length) break
    let end = at
    for (let zeros = 0, next = at; next < image.length && zeros < minGapBytes; next++) {
      if (image[next] === 0) zeros++
      else {
        zeros = 0
        end = next + 1
      }
    }
    parts.push(Uint8Array.from([0, I32_CONST, ...i32(at), END, ...u32(end - at)]), image.subarray(at, end))
    count++
    at = end
  }
  return { count, body: new Uint8Array(Buffer.concat([Uint8Array.from(u32(count)), ...parts])) }
}

export interface Global {
  mutable: boolean
  /** As it stands in the section: type, mutability, and the code of its first value. */
  bytes: Uint8Array
  /** Its first value, where it is an i32 and that is a constant. */
  value: number | undefined
}

/** Bytes of what follows an instruction in the code of a first value; of the others it is a number. */
const OPERAND_BYTES: Readonly<Record<number, number>> = {
  ...{ 67: 4, 68: 8, 208: 1 },
  ...Object.fromEntries([0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e].map((arithmetic) => [arithmetic, 0])),
}
const CONTINUES = 0x80

/** The globals that a module defines. */
export function readGlobals(body: Uint8Array): Global[] {
  const cursor = new Cursor(body)
  const globals: Global[] = []
  for (let left = cursor.u32(); left > 0; left--) {
    const from = cursor.at
    const [type, mutable] = [cursor.byte(), cursor.byte() === 1]
    const first = cursor.at
    for (let code = cursor.byte(); code !== END; code = cursor.byte()) {
      const bytes = OPERAND_BYTES[code]
      if (bytes === undefined) while (cursor.byte() & CONTINUES);
      else cursor.take(bytes)
    }
    const end = cursor.at
    cursor.at = first + 1
    const value = type === I32 && body[first] === I32_CONST ? cursor.i32() : undefined
    globals.push({ mutable, bytes: body.subarray(from, end), value: cursor.at === end - 1 ? value : undefined })
    cursor.at = end
  }
  return globals
}

const writeGlobals = (globals: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat([Uint8Array.from(u32(globals.length)), ...globals]))

const bodyOf = (sections: readonly Section[], id: number): Uint8Array | undefined =>
  sections.find((section) => section.id === id)?.body

const GLOBAL = 3

/** How many globals come from outside: they stand before the module's own. */
function importedGlobals(imports: Uint8Array | undefined): number {
  if (imports === undefined) return 0
  const cursor = new Cursor(imports)
  const limits = (): void => {
    const flags = cursor.byte()
    cursor.u32()
    if (flags & 1) cursor.u32()
  }
  let count = 0
  for (let left = cursor.u32(); left > 0; left--) {
    cursor.name()
    cursor.name()
    const kind = cursor.byte()
    if (kind === 0) cursor.u32()
    else if (kind === 1) {
      cursor.byte()
      limits()
    } else if (kind === 2) limits()
    else if (kind === GLOBAL) {
      cursor.take(2)
      count++
    } else throw new Error(`an import of kind ${kind}`)
  }
  return count
}

/** The globals of a module, and which of them a run may change. */
function globalsOf(sections: readonly Section[]): { globals: Global[]; places: number[] } {
  const body = bodyOf(sections, MODULE_SECTION.global)
  const globals = body === undefined ? [] : readGlobals(body)
  const places = globals.flatMap(({ mutable }, place) => (mutable ? [place] : []))
  const odd = places.find((place) => globals[place]!.value === undefined)
  if (odd !== undefined) throw new Error(`the mutable global ${odd} of a module is no i32 that begins with a constant`)
  return { globals, places }
}

/** The module with its mutable globals exported, under `prefix` and their place: so whoever runs it can read them. */
export function withGlobalsExported(module: Uint8Array, prefix: string): Uint8Array {
  const sections = sectionsOf(module)
  const { places } = globalsOf(sections)
  const exports = sections.find(({ id }) => id === MODULE_SECTION.export)
  if (places.length === 0 || exports === undefined) return module
  const first = importedGlobals(bodyOf(sections, MODULE_SECTION.import))
  const cursor = new Cursor(exports.body)
  const count = cursor.u32()
  const more = places.flatMap((place) => {
    const name = new TextEncoder().encode(`${prefix}${place}`)
    return [...u32(name.length), ...name, GLOBAL, ...u32(first + place)]
  })
  const body = Buffer.concat([
    Uint8Array.from(u32(count + places.length)),
    exports.body.subarray(cursor.at),
    Uint8Array.from(more),
  ])
  return withSections(
    module,
    sections.map((section) => (section === exports ? { id: section.id, body: new Uint8Array(body) } : section)),
  )
}

export interface Left {
  /** Of its mutable globals, in their order. */
  globals: readonly number[]
  /** Of the memory that it defines. */
  memory?: Uint8Array | undefined
}

/** The module whose instances begin where a run ended. */
export function withImage(module: Uint8Array, { globals: values, memory }: Left, minGapBytes?: number): Uint8Array {
  const sections = sectionsOf(module)
  const { globals, places } = globalsOf(sections)
  if (places.length !== values.length) throw new Error(`${values.length} values for ${places.length} mutable globals`)
  const written = globals.map(({ bytes }) => bytes)
  places.forEach((place, i) => {
    written[place] = Uint8Array.from([I32, 1, I32_CONST, ...i32(values[i]!), END])
  })
  const data = memory && writeData(memory, minGapBytes)
  return withSections(
    module,
    sections.map(({ id, body }) => {
      if (id === MODULE_SECTION.global && places.length > 0) return { id, body: writeGlobals(written) }
      if (memory === undefined || data === undefined) return { id, body }
      if (id === MODULE_SECTION.memory) return { id, body: grown(body, memory.length / PAGE_BYTES) }
      if (id === MODULE_SECTION.data) return { id, body: data.body }
      if (id === MODULE_SECTION.dataCount) return { id, body: Uint8Array.from(u32(data.count)) }
      return { id, body }
    }),
  )
}

/** The section of one memory with another minimum. */
function grown(body: Uint8Array, pages: number): Uint8Array {
  const cursor = new Cursor(body)
  const count = cursor.u32()
  const flags = cursor.byte()
  cursor.u32()
  if (count !== 1) throw new Error(`a module with ${count} memories`)
  return Uint8Array.from([1, flags, ...u32(pages), ...body.subarray(cursor.at)])
}
