/** @module outline: reads all of a module but its code, and refuses what no limit would hold. */
import { CAPS, PAGE_BYTES } from './caps.ts'
import { isReserved } from './names.ts'
import { whyFormRefused } from './opcodes.ts'
import { hex, Reader } from './reader.ts'
import type { Refusals } from './refusals.ts'

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const

export interface Section {
  /** From the section's id on. */
  head: number
  /** The content after its length. */
  start: number
  end: number
  /** Entries, and where they begin, in a section that is a vector. */
  count: number
  entries: number
}

export interface Table {
  /** Everything before the limits, everything after them: copied as they are. */
  head: readonly [number, number]
  tail: readonly [number, number]
  minimum: number
  maximum: number
}

export interface Outline {
  reader: Reader
  sections: ReadonlyMap<number, Section>
  /** The `name` section, whole: it makes traces readable, and holds indices, which do not change. */
  names: Section | undefined
  /** Parameters and results of each type. */
  parameters: number[]
  results: number[]
  /** Type of each function, imported ones first. */
  functions: number[]
  importedFunctions: number
  tables: Table[]
  importedTables: number
  memory: { minimum: number; maximum: number } | undefined
  importedMemories: number
  globals: number
  mutableGlobals: number[]
  start: number | undefined
}

export interface OutlineOptions {
  memoryBytes: number
  tableEntries: number
}

const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

export function readOutline(module: Uint8Array, options: OutlineOptions, refusals: Refusals): Outline {
  const reader = new Reader(module, refusals)
  if (!MAGIC.every((byte, at) => module[at] === byte)) reader.malformed('no header of a core module, version 1,')
  const { sections, names } = readSections(reader)
  const outline: Outline = {
    reader,
    sections,
    names,
    parameters: [],
    results: [],
    functions: [],
    importedFunctions: 0,
    tables: [],
    importedTables: 0,
    memory: undefined,
    importedMemories: 0,
    globals: 0,
    mutableGlobals: [],
    start: undefined,
  }
  const each = (id: number, entry: (index: number) => boolean): void => {
    const section = sections.get(id)
    if (!section) return
    reader.at = section.entries
    for (let i = 0; i < section.count; i++) if (!entry(i)) return
    if (reader.at !== section.end) reader.malformed('a section of another length')
  }

  const count = (id: number): number => sections.get(id)?.count ?? 0
  refusals.cap(count(SECTION.type), CAPS.types, 'the module defines', 'types')
  refusals.cap(count(SECTION.function), CAPS.functions, 'the module defines', 'functions')
  each(SECTION.type, (index) => readType(outline, index, refusals))
  each(SECTION.import, () => readImport(outline, refusals))
  outline.importedFunctions = outline.functions.length
  each(SECTION.function, () => outline.functions.push(reader.u32()) > 0)
  each(SECTION.table, (index) => readTable(outline, index, options, refusals))
  refusals.cap(outline.importedTables + count(SECTION.table), CAPS.tables, 'the module has', 'tables')
  each(SECTION.memory, (index) => readMemory(outline, index, options, refusals))
  refusals.cap(outline.importedMemories + count(SECTION.memory), 1, 'the module has', 'memories')
  each(SECTION.global, () => {
    reader.valueType()
    if (reader.byte() === 1) outline.mutableGlobals.push(outline.globals)
    outline.globals++
    return reader.constant('a global')
  })
  refusals.cap(outline.mutableGlobals.length, CAPS.mutableGlobals, 'the module defines', 'mutable globals')
  each(SECTION.export, () => {
    const name = reader.name()
    if (isReserved(name))
      refusals.add('reserved export', `the export "${name}" has a name that is reserved for the host`)
    reader.skip(1)
    reader.leb()
    return true
  })
  const start = sections.get(SECTION.start)
  if (start) {
    reader.at = start.start
    outline.start = reader.u32()
  }
  return outline
}

const VECTORS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13])

function readSections(reader: Reader): Pick<Outline, 'sections' | 'names'> {
  const sections = new Map<number, Section>()
  let names: Section | undefined
  reader.at = MAGIC.length
  while (reader.at < reader.bytes.length) {
    const head = reader.at
    const id = reader.byte()
    const bytes = reader.u32()
    const start = reader.at
    reader.skip(bytes)
    const section: Section = { head, start, end: reader.at, count: 0, entries: start }
    if (id > SECTION.tag || sections.has(id)) reader.malformed(`section ${id} out of place`)
    reader.at = start
    if (id === SECTION.custom) {
      if (reader.name() === 'name') names = section
    } else {
      if (VECTORS.has(id)) {
        section.count = reader.u32()
        section.entries = reader.at
      }
      sections.set(id, section)
    }
    reader.at = section.end
  }
  return { sections, names }
}

function readType({ reader, parameters, results }: Outline, index: number, refusals: Refusals): boolean {
  const form = reader.byte()
  if (form !== 0x60) {
    const why = whyFormRefused(form)
    refusals.add(why, `type ${index} has the form ${hex(form)}: ${why}`)
    return false
  }
  for (const list of [parameters, results]) {
    const count = reader.u32()
    list.push(count)
    refusals.cap(count, CAPS.typeValues, `type ${index} has`, list === parameters ? 'parameters' : 'results')
    for (let i = 0; i < count; i++) reader.valueType()
  }
  return true
}

interface Limits {
  minimum: number
  maximum: number
  plain: boolean
}

const SHARED = 2
const WIDE = 4
const PAGE_SIZE = 8

function readLimits(reader: Reader, place: string, refusals: Refusals): Limits {
  const flags = reader.byte()
  const minimum = reader.unsigned()
  const maximum = flags & 1 ? reader.unsigned() : Number.POSITIVE_INFINITY
  if (flags & PAGE_SIZE) reader.leb()
  for (const [flag, what] of [
    [SHARED, 'is shared between threads; only a memory of one thread is allowed'],
    [WIDE, 'is indexed by 64 bits; only 32 bits are allowed'],
    [PAGE_SIZE, 'has pages of a size of its own; only pages of 65,536 bytes are allowed'],
  ] as const)
    if (flags & flag) refusals.add(`${place[0]} ${flag}`, `${place} ${what}`)
  if (flags > 15) refusals.add('limits', `${place} has unknown flags ${hex(flags)}`)
  return { minimum, maximum, plain: (flags & ~1) === 0 }
}

function readImport(outline: Outline, refusals: Refusals): boolean {
  const { reader } = outline
  const from = reader.name()
  const name = reader.name()
  const place = `the import "${from}" "${name}"`
  if (isReserved(name)) refusals.add('reserved import', `${place} has a name that is reserved for the host`)
  const kind = reader.byte()
  switch (kind) {
    case 0:
      outline.functions.push(reader.u32())
      return true
    case 1:
      reader.valueType()
      readLimits(reader, `table ${outline.importedTables++}`, refusals)
      return true
    case 2:
      // The maximum of the module that defines it is the one that counts.
      readLimits(reader, `memory ${outline.importedMemories++}`, refusals)
      return true
    case 3:
      reader.valueType()
      reader.skip(1)
      outline.globals++
      return true
    case 4:
      reader.skip(1)
      reader.leb()
      return true
    default:
      refusals.add('import kind', `${place} is of the unknown kind ${hex(kind)}`)
      return false
  }
}

function readTable(outline: Outline, index: number, options: OutlineOptions, refusals: Refusals): boolean {
  const { reader } = outline
  const place = `table ${outline.importedTables + index}`
  const from = reader.at
  const hasInitial = reader.bytes[from] === 0x40
  if (hasInitial) reader.skip(2)
  reader.valueType()
  const head = [from, reader.at] as const
  const limits = readLimits(reader, place, refusals)
  refusals.cap(limits.minimum, options.tableEntries, `${place} begins with`, 'entries')
  const rest = reader.at
  if (hasInitial && !reader.constant(place)) return false
  outline.tables.push({
    head,
    tail: [rest, reader.at],
    minimum: limits.minimum,
    maximum: Math.min(limits.maximum, options.tableEntries),
  })
  return true
}

function readMemory(outline: Outline, index: number, options: OutlineOptions, refusals: Refusals): boolean {
  const place = `memory ${outline.importedMemories + index}`
  const { minimum, maximum, plain } = readLimits(outline.reader, place, refusals)
  const pages = Math.floor(options.memoryBytes / PAGE_BYTES)
  if (plain && minimum > pages)
    refusals.add(
      'memory minimum',
      `${place} begins with ${minimum} pages (${(minimum * PAGE_BYTES).toLocaleString('en-US')} bytes); memoryBytes is ${options.memoryBytes.toLocaleString('en-US')}`,
    )
  outline.memory = { minimum, maximum: Math.min(maximum, pages) }
  return true
}
