/** @module assemble: puts a module together again, with what it gained at the end of each index space. */
import { CODE, type Meter } from './counter.ts'
import { MARKS_PAGES } from './marks.ts'
import { MARKS, METER_EXPORTS, STATE_EXPORTS } from './names.ts'
import { type Outline, SECTION } from './outline.ts'
import { PADDED, padded, Writer } from './writer.ts'

/** The code of all functions, `$slow` at its end, and the hints that go before it. */
export interface MeteredCode {
  meter: Meter & { type: number; slot: number }
  bodies: Uint8Array
  hints: Uint8Array
  hinted: number
  lasting: ReadonlySet<string>
}

/** In the order of the specification. */
const ORDER = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.tag,
  SECTION.global,
  SECTION.export,
  SECTION.element,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
]

const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const
const text = new TextEncoder()

export function assemble(
  outline: Outline,
  code: MeteredCode | undefined,
  marks: boolean,
): { bytes: Uint8Array<ArrayBuffer>; memoryMaximumAt?: number } {
  const source = outline.reader.bytes
  const out = new Writer(source.length + (code?.bodies.length ?? 0) + 4096)
  out.put(source.subarray(0, 8))
  let memoryMaximumAt: number | undefined

  const section = (id: number, write: () => void): void => {
    out.room(1)
    out.byte(id)
    const sizeAt = out.hold()
    write()
    out.fill(sizeAt, out.length - sizeAt - PADDED)
  }
  const u32 = (value: number): void => {
    out.room(PADDED)
    out.u32(value)
  }
  const name = (value: string): void => {
    const bytes = text.encode(value)
    u32(bytes.length)
    out.put(bytes)
  }
  /** A vector with the entries of the original and `more` of ours. */
  const extended = (id: number, more: number, write: () => void): void => {
    const original = outline.sections.get(id)
    if (!original && more === 0) return
    section(id, () => {
      u32((original?.count ?? 0) + more)
      if (original) out.put(source.subarray(original.entries, original.end))
      write()
    })
  }
  const limits = (minimum: number, maximum: number): number => {
    out.put([1])
    u32(minimum)
    const at = out.hold()
    out.fill(at, maximum)
    return at
  }

  const ownsMarks = marks && outline.memory !== undefined
  const exports = ownExports(outline, code, marks)
  const write: Readonly<Record<number, () => void>> = {
    [SECTION.type]: () => extended(SECTION.type, code ? 1 : 0, () => code && out.put([0x60, 1, CODE.i32, 1, CODE.i32])),
    [SECTION.import]: () =>
      extended(SECTION.import, marks && !ownsMarks ? 1 : 0, () => {
        if (!marks || ownsMarks) return
        name(MARKS)
        name(MARKS)
        u32(KIND.memory)
        limits(MARKS_PAGES, MARKS_PAGES)
      }),
    [SECTION.function]: () => extended(SECTION.function, code ? 1 : 0, () => code && u32(code.meter.type)),
    [SECTION.table]: () => {
      if (outline.tables.length === 0 && !code) return
      section(SECTION.table, () => {
        u32(outline.tables.length + (code ? 1 : 0))
        for (const table of outline.tables) {
          out.put(source.subarray(...table.head))
          limits(table.minimum, table.maximum)
          out.put(source.subarray(...table.tail))
        }
        if (code) out.put([0x70, 1, 1, 1])
      })
    },
    [SECTION.memory]: () => {
      const { memory } = outline
      if (memory)
        section(SECTION.memory, () => {
          u32(ownsMarks ? 2 : 1)
          memoryMaximumAt = limits(memory.minimum, memory.maximum)
          if (ownsMarks) limits(MARKS_PAGES, MARKS_PAGES)
        })
    },
    [SECTION.global]: () =>
      extended(SECTION.global, code ? 1 : 0, () => code && out.put([CODE.i32, 1, CODE.i32Const, 0, CODE.end])),
    [SECTION.export]: () =>
      extended(SECTION.export, exports.length, () => {
        for (const one of exports) {
          name(one.name)
          u32(one.kind)
          u32(one.index)
        }
      }),
    [SECTION.code]: () => {
      if (!code) return
      if (code.hinted > 0)
        section(SECTION.custom, () => {
          name('metadata.code.branch_hint')
          u32(code.hinted)
          out.put(code.hints)
        })
      section(SECTION.code, () => {
        u32(outline.functions.length - outline.importedFunctions + 1)
        out.put(code.bodies)
      })
    },
  }
  for (const id of ORDER) {
    const own = write[id]
    const original = outline.sections.get(id)
    if (own) own()
    else if (original) out.put(source.subarray(original.head, original.end))
  }
  // Other custom sections hold offsets into the old code, or are for tools.
  if (outline.names) out.put(source.subarray(outline.names.head, outline.names.end))
  return { bytes: out.bytes.slice(), ...(memoryMaximumAt === undefined ? {} : { memoryMaximumAt }) }
}

function ownExports(
  outline: Outline,
  code: MeteredCode | undefined,
  marks: boolean,
): { name: string; kind: number; index: number }[] {
  const state = outline.mutableGlobals.map((index) => ({
    name: `${STATE_EXPORTS.global}${index}`,
    kind: KIND.global as number,
    index,
  }))
  if (outline.memory) {
    const index = outline.importedMemories
    state.push({ name: `${STATE_EXPORTS.memory}${index}`, kind: KIND.memory, index })
  }
  // Of an imported memory, too: whoever has that one from here takes its marks from here.
  if (marks) state.push({ name: MARKS, kind: KIND.memory, index: 1 })
  for (const i of outline.tables.keys()) {
    const index = outline.importedTables + i
    state.push({ name: `${STATE_EXPORTS.table}${index}`, kind: KIND.table, index })
  }
  if (code) {
    state.push({ name: METER_EXPORTS.left, kind: KIND.global, index: code.meter.left })
    state.push({ name: METER_EXPORTS.slot, kind: KIND.table, index: code.meter.slot })
  }
  if (outline.start !== undefined) state.push({ name: METER_EXPORTS.start, kind: KIND.function, index: outline.start })
  return state
}

/** Lowers or raises the maximum of a module's own memory in place; not below its minimum, or the module is invalid. */
export function setMemoryMaximum(bytes: Uint8Array, at: number, pages: number): void {
  if (!Number.isInteger(pages) || pages < 0 || pages > 65_536)
    throw new RangeError(`a memory has 0 to 65536 pages, not ${pages}`)
  padded(bytes, at, pages)
}
