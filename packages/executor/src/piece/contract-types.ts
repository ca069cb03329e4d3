/**
 * @module piece/contract-types: whether a component exports the contract and imports nothing beyond the world, by structural type.
 * jco compares neither; the reference component of `generated/reference.ts` is what both sides are measured with.
 */
import { CAPABILITIES } from '../capabilities.ts'
import { REFERENCE } from '../generated/reference.ts'
import { type Component, parseComponent, ROOT } from '../linker/component.ts'
import { type FunctionType, type Interface, sameType, show, withoutVersion } from '../linker/types.ts'

const reference = parseComponent(REFERENCE)
const HANDLER = reference.exports[0]!
const worldImports = new Map(reference.imports.map((one) => [withoutVersion(one.name), one]))

/** QuickJS's tools export `init` at world level, componentize-py an interface of its own. Both are tolerated, never called. */
const TOLERATED: ReadonlySet<string> = new Set([`${ROOT}#init`, 'exports'])

/** Longer types are cut: a hostile component may declare one that fills pages. */
const shown = (type: FunctionType): string => {
  const text = show(type)
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}

export function exportRefusals(component: Component): string[] {
  const handler = component.exports.find((one) => one.name === HANDLER.name)
  const others = component.exports.filter((one) => one !== handler)
  const nearly = others.find((one) => withoutVersion(one.name) === withoutVersion(HANDLER.name))
  const reasons: string[] = []
  if (handler !== undefined) reasons.push(...handlerRefusals(handler))
  else if (nearly !== undefined) reasons.push(`it exports ${nearly.name}; this executor runs ${HANDLER.name}`)
  else reasons.push(`it does not export ${HANDLER.name}; build it for the world ap:piece/piece with one of the SDKs`)
  for (const one of others) {
    if (one === nearly || TOLERATED.has(one.name)) continue
    if (one.name !== ROOT) reasons.push(`it exports ${one.name}, which is no part of the contract`)
    else
      for (const name of one.functions.keys())
        if (!TOLERATED.has(`${ROOT}#${name}`))
          reasons.push(`it exports the function "${name}" at world level, which is no part of the contract`)
  }
  return reasons
}

function handlerRefusals(handler: Interface): string[] {
  const reasons: string[] = []
  for (const [name, type] of HANDLER.functions) {
    const found = handler.functions.get(name)
    if (found === undefined) reasons.push(`${handler.name} lacks the function "${name}"`)
    else if (!sameType(found, type))
      reasons.push(`${handler.name}#${name} has the type ${shown(found)}; the contract says ${shown(type)}`)
  }
  for (const name of handler.functions.keys())
    if (!HANDLER.functions.has(name))
      reasons.push(`${handler.name} has a function "${name}" that the contract does not know`)
  return reasons
}

/** Declared counts as imported, used or not. */
export function importRefusals(component: Component): string[] {
  return component.imports.flatMap((one) => {
    if (one.name === ROOT)
      return [...one.functions.keys()].map((name) => `it imports the function "${name}" from outside of any interface`)
    const known = worldImports.get(withoutVersion(one.name))
    if (known === undefined || !(withoutVersion(one.name) in CAPABILITIES))
      return [`it imports ${one.name}, which a piece cannot have; docs/capabilities.md lists what it can`]
    if (!sameRelease(one.name, known.name))
      return [
        `it imports ${one.name}; this executor has ${known.name}${isWasi02(known.name) ? ' and every other 0.2.x' : ''}`,
      ]
    return [...one.functions].flatMap(([name, type]) => {
      const expected = known.functions.get(name)
      if (expected === undefined) return [`it imports ${one.name}#${name}, which that interface does not have`]
      if (sameType(type, expected)) return []
      return [`it imports ${one.name}#${name} as ${shown(type)}; it is ${shown(expected)}`]
    })
  })
}

const isWasi02 = (name: string): boolean => /^wasi:[a-z-]+\/[a-z-]+@0\.2\.[0-9]+$/.test(name)
/** Patch versions of WASI 0.2 are one interface; everything else is exact. */
const sameRelease = (name: string, known: string): boolean => name === known || (isWasi02(name) && isWasi02(known))
