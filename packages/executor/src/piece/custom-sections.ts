/** @module piece/custom-sections: the named sections at the top level of a component: read, replaced, left out. */
import { concat, leb, Reader } from '../linker/reader.ts'

const CUSTOM = 0
const PREAMBLE_BYTES = 8

function* sections(component: Uint8Array): Generator<{ id: number; content: Reader; from: number; to: number }> {
  const reader = new Reader(component)
  reader.at = Math.min(PREAMBLE_BYTES, component.length)
  while (!reader.done) {
    const from = reader.at
    const id = reader.byte()
    const content = reader.slice(reader.u32())
    yield { id, content, from, to: reader.at }
  }
}

/** The bodies of all sections of that name; throws `Refused` where the sections are broken. */
export function customSections(component: Uint8Array, name: string): Uint8Array[] {
  const found: Uint8Array[] = []
  for (const { id, content } of sections(component))
    if (id === CUSTOM && content.name() === name) found.push(content.rest())
  return found
}

/** The component without the custom sections that `drop` accepts. */
export function withoutSections(component: Uint8Array, drop: (name: string) => boolean): Uint8Array {
  const parts = [component.subarray(0, PREAMBLE_BYTES)]
  for (const { id, content, from, to } of sections(component))
    if (id !== CUSTOM || !drop(content.name())) parts.push(component.subarray(from, to))
  return concat(parts)
}

/** The component with exactly one section of that name, at its end. */
export function appendSection(component: Uint8Array, name: string, body: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(name)
  const length = Uint8Array.from(leb(text.length))
  const size = length.length + text.length + body.length
  const rest = withoutSections(component, (other) => other === name)
  return concat([rest, Uint8Array.from([CUSTOM, ...leb(size)]), length, text, body])
}
