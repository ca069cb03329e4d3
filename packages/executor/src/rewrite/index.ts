/**
 * @module rewrite: makes a core module metered, preemptible and bounded, or says why it cannot be. Nothing is renumbered:
 * what a module gains stands at the end of its index spaces. See docs/fuel.md for what is counted.
 */
import { assemble, type MeteredCode } from './assemble.ts'
import { CAPS } from './caps.ts'
import { Emitter } from './emit.ts'
import { type Outline, readOutline, SECTION } from './outline.ts'
import { Malformed } from './reader.ts'
import { Refusals } from './refusals.ts'
import { Scan } from './scan.ts'

export { setMemoryMaximum } from './assemble.ts'
export { LOG2_BLOCK_BYTES, MARK_REACH } from './marks.ts'
export { MARKS, METER_EXPORTS, STATE_EXPORTS } from './names.ts'
export { SLOT_HELPER } from './slot.ts'

/** Part of every cache key: raised with any change to what `rewrite` writes. */
export const REWRITER_VERSION = 2

export interface RewriteOptions {
  memoryBytes: number
  tableEntries?: number
  /** Notes which blocks of memory are written: all modules of a component, or none (marks.ts). */
  marks?: boolean
}

export interface Rewritten {
  bytes: Uint8Array<ArrayBuffer>
  /** Where the maximum (pages) of the module's own memory stands, for `setMemoryMaximum`. */
  memoryMaximumAt?: number
  /** Functions that the module defines. */
  functions: number
  /** Instructions of its code that use up segments or change tables, by name: they leave what no picture holds. */
  lasting: string[]
}

export function rewrite(module: Uint8Array, options: RewriteOptions): Rewritten {
  const refusals = new Refusals()
  // First of all: an index one past the end would otherwise name what is appended below, such as the counter.
  if (!WebAssembly.validate(module as Uint8Array<ArrayBuffer>)) refusals.add('invalid', whyInvalid(module))
  try {
    const outline = readOutline(module, { tableEntries: CAPS.tableEntries, ...options }, refusals)
    const marks = options.marks === true && (outline.memory !== undefined || outline.importedMemories > 0)
    const code = meterCode(outline, refusals, marks)
    if (!refusals.any) {
      const functions = outline.functions.length - outline.importedFunctions
      return { ...assemble(outline, code, marks), functions, lasting: [...(code?.lasting ?? [])].sort() }
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    if (!refusals.any) refusals.add('malformed', `the module is malformed: ${error.message}`)
  }
  throw refusals.toError()
}

/** The engine's own words, which name the place. */
function whyInvalid(module: Uint8Array): string {
  try {
    new WebAssembly.Module(module as Uint8Array<ArrayBuffer>)
  } catch (error) {
    return `the module is not valid: ${(error as Error).message.replace(/^WebAssembly\.Module\(\): /, '')}`
  }
  return 'the module is not valid'
}

function meterCode(outline: Outline, refusals: Refusals, marks: boolean): MeteredCode | undefined {
  const section = outline.sections.get(SECTION.code)
  const defined = outline.functions.length - outline.importedFunctions
  if ((section?.count ?? 0) !== defined) outline.reader.malformed('another number of bodies than of functions')
  if (!section || defined === 0) return undefined
  const { reader } = outline
  const meter = {
    type: outline.parameters.length,
    slot: outline.importedTables + outline.tables.length,
    left: outline.globals,
    slow: outline.functions.length,
  }
  const scan = new Scan(outline, refusals, marks)
  const emitter = new Emitter(reader, scan, meter, (section.end - section.start) * 2)
  reader.at = section.entries
  for (let i = 0; i < defined; i++) {
    const index = outline.importedFunctions + i
    const place = `function ${index} has`
    const size = reader.u32()
    const groupsAt = reader.at
    const end = groupsAt + size
    refusals.cap(size, CAPS.bodyBytes, place, 'bytes of code')
    const type = outline.functions[index]!
    const groups = reader.u32()
    const declaredAt = reader.at
    let locals = outline.parameters[type] ?? 0
    for (let n = groups; n > 0; n--) {
      locals += reader.u32()
      reader.valueType()
    }
    refusals.cap(locals, CAPS.locals, place, 'locals')
    const codeAt = reader.at
    if (size <= CAPS.bodyBytes && scan.body(index, outline.results[type] ?? 0, end)) {
      refusals.cap(locals * scan.blocks, CAPS.localsTimesBlocks, place, 'locals × blocks')
      refusals.cap(scan.carried, CAPS.carriedValues, place, 'values carried by branches and calls')
      refusals.cap(scan.targets, CAPS.targets, place, 'targets of br_table')
      refusals.cap(scan.calls, CAPS.calls, place, 'calls')
      refusals.cap(scan.checks, CAPS.checks, place, 'places where fuel is checked')
      if (!refusals.any) {
        const metered = emitter.body({ index, groups, groupsAt: declaredAt, codeAt, end, locals })
        refusals.cap(metered, CAPS.meteredBodyBytes, place, 'bytes of code when metered')
      }
    }
    reader.at = end
  }
  if (reader.at !== section.end) reader.malformed('a code section of another length')
  if (refusals.any) return undefined
  emitter.slow(meter.type, meter.slot)
  return {
    meter,
    bodies: emitter.code.bytes,
    hints: emitter.hints.bytes,
    hinted: emitter.hinted,
    lasting: scan.lasting,
  }
}
