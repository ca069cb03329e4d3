/** @module state: everything that a call can leave in an instance, and where two of them differ. */
import type { Instance } from '../../packages/executor/src/linker/instance.ts'

export interface State {
  memories: Uint8Array[]
  globals: unknown[]
  /** Each table's entries by the number of the function in its module. */
  tables: string[]
  handles: unknown
  meter: unknown
}

export const stateOf = (instance: Instance): State => ({
  memories: instance.memories.map(({ buffer }) => new Uint8Array(buffer.slice(0))),
  globals: instance.globals.map(({ value }) => (Object.is(value, -0) ? '-0' : String(value))),
  tables: instance.cores.flatMap((exports, core) =>
    Object.entries(exports ?? {}).flatMap(([name, value]) =>
      value instanceof WebAssembly.Table && name.startsWith('@table:') ? [`${core} ${name} ${entries(value)}`] : [],
    ),
  ),
  handles: structuredClone(instance.handleNumbers),
  meter: structuredClone(instance.meter.state),
})

/** An exported function is named after its number. */
const entries = (table: WebAssembly.Table): string =>
  Array.from({ length: table.length }, (_, i) => (table.get(i) as { name?: string } | null)?.name ?? '-').join(' ')

export function differenceOf(one: State, other: State): string[] {
  const found: string[] = []
  if (one.memories.length !== other.memories.length) found.push('another number of memories')
  one.memories.forEach((memory, i) => {
    const there = other.memories[i]!
    if (memory.length !== there.length) found.push(`memory ${i} has ${memory.length} bytes and ${there.length}`)
    else if (Buffer.compare(memory, there) !== 0) {
      const at = memory.findIndex((byte, at) => byte !== there[at])
      found.push(`memory ${i} differs at ${at}`)
    }
  })
  for (const part of ['globals', 'tables', 'handles', 'meter'] as const)
    if (JSON.stringify(one[part]) !== JSON.stringify(other[part])) found.push(`${part} differ`)
  return found
}

/** Whether the text stands in any of its memories. */
export const holds = (instance: Instance, text: string): boolean =>
  instance.memories.some(({ buffer }) => Buffer.from(buffer).includes(text))
