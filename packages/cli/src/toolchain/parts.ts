/** @module parts: what the bytes of a component with an interpreter are: engine, snapshot of its heap, bindings. */

import { COMPONENT_SECTION, MODULE_SECTION, sectionsOf } from './sections.ts'

function coreModules(component: Uint8Array): Uint8Array[] {
  return sectionsOf(component).flatMap(({ id, body }) => {
    if (id === COMPONENT_SECTION.coreModule) return [body]
    return id === COMPONENT_SECTION.component ? coreModules(body) : []
  })
}

/** The parts of the component; the sources' origins share the snapshot by their bytes of script. */
export function componentParts(
  component: Uint8Array,
  origins: ReadonlyMap<string, number>,
  interpreter: string,
): { name: string; bytes: number }[] {
  let engine = 0
  let snapshot = 0
  for (const module of coreModules(component)) {
    for (const { id, body } of sectionsOf(module)) {
      if (id === MODULE_SECTION.code) engine += body.length
      else if (id === MODULE_SECTION.data) snapshot += body.length
    }
  }
  const script = [...origins.values()].reduce((sum, bytes) => sum + bytes, 0)
  const parts = [...origins].map(([origin, bytes]) => ({
    name: `snapshot: ${origin}`,
    bytes: Math.floor((snapshot * bytes) / Math.max(1, script)),
  }))
  const rest = component.length - engine - parts.reduce((sum, part) => sum + part.bytes, 0)
  return [{ name: interpreter, bytes: engine }, ...parts, { name: 'bindings and the rest', bytes: rest }].sort(
    (a, b) => b.bytes - a.bytes,
  )
}
