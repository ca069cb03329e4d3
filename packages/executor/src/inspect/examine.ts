/**
 * @module inspect/examine: what the inspector's child does with the bytes of an upload, step by step, and every reason that a step
 * finds. Nothing of the piece runs here.
 */
import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools'
import { CAPABILITIES, CAPABILITY_NAMES, type CapabilityName } from '../capabilities.ts'
import { type Built, buildProduct } from '../engine/product.ts'
import { Refused } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { type Component, parseComponent } from '../linker/component.ts'
import { type Interface, withoutVersion } from '../linker/types.ts'
import { askOf, MANIFEST_SECTION, type Manifest, readManifest } from '../manifest.ts'
import { exportRefusals, importRefusals } from '../piece/contract-types.ts'
import { type PartSize, sizesOf } from '../piece/sizes.ts'

export interface InterfaceNames {
  name: string
  functions: string[]
}

export interface Examined {
  manifest: Manifest
  imports: InterfaceNames[]
  exports: InterfaceNames[]
  sizes: PartSize[]
  warnings: string[]
}

const MAX_REASONS = 100

/** Throws `Refused` with every reason; steps that cannot stand without an earlier one are left out. */
export async function examine(bytes: Uint8Array): Promise<{ examined: Examined; built: Built }> {
  const steps = new Steps()
  const { component, built } = await judge(bytes, steps)
  const manifest = steps.attempt(() => readManifest(bytes))
  if (built !== undefined && manifest !== undefined) steps.reasons.push(...memoryRefusals(built, manifest))
  if (component !== undefined && manifest !== undefined) steps.reasons.push(...unaskedRefusals(component, manifest))
  if (component === undefined || built === undefined || manifest === undefined) throw steps.refused()
  if (steps.reasons.length > 0) throw steps.refused()
  const examined: Examined = {
    manifest,
    imports: names(component.imports),
    exports: names(component.exports),
    sizes: sizesOf(bytes, component, MANIFEST_SECTION),
    warnings: warningsOf(component, manifest),
  }
  return { examined, built }
}

/** The same of a component that is still to get its manifest. */
export async function examineComponent(bytes: Uint8Array): Promise<Built> {
  const steps = new Steps()
  const { built } = await judge(bytes, steps)
  if (built === undefined || steps.reasons.length > 0) throw steps.refused()
  return built
}

class Steps {
  readonly reasons: string[] = []

  attempt<T>(step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.reasons.push(...error.reasons)
      return undefined
    }
  }

  refused(): Refused {
    const more = this.reasons.length - MAX_REASONS
    return new Refused(more > 0 ? [...this.reasons.slice(0, MAX_REASONS), `and ${more} more`] : this.reasons)
  }
}

async function judge(
  bytes: Uint8Array,
  steps: Steps,
): Promise<{ component: Component | undefined; built: Built | undefined }> {
  const kind = kindOf(bytes)
  if (kind !== undefined) throw new Refused(kind)
  const invalid = await validatorRefusal(bytes)
  if (invalid !== undefined) steps.reasons.push(invalid)
  // A type can unfold to more than any memory holds; only what the validator bounded is read further.
  const component = invalid === undefined ? steps.attempt(() => parseComponent(bytes)) : undefined
  if (component !== undefined) steps.reasons.push(...exportRefusals(component), ...importRefusals(component))
  const built = component === undefined ? undefined : steps.attempt(() => buildProduct(component))
  return { component, built }
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d]

/** What the first 8 bytes are, if not a component: jco's tools would take a core module, and even text. */
function kindOf(bytes: Uint8Array): string | undefined {
  const begins = (...wanted: readonly number[]): boolean => wanted.every((byte, i) => bytes[i] === byte)
  if (begins(...MAGIC, 0x0d, 0x00, 0x01, 0x00)) return undefined
  if (begins(...MAGIC, 0x01, 0x00, 0x00, 0x00))
    return 'this is a core module, not a component; `ap-wasm build` makes a component of it'
  if (begins(...MAGIC)) return 'this is WebAssembly of a version that is not known here'
  if (/^\s*\(\s*(?:module|component)\b/.test(new TextDecoder().decode(bytes.subarray(0, 64))))
    return 'this is WebAssembly text; send the binary'
  return bytes.length === 0 ? 'there are no bytes' : 'this is not WebAssembly: the first bytes are not \\0asm'
}

/** The full validator of wasm-tools, with its limits; it does not look into function bodies, the rewriter's step does. */
async function validatorRefusal(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await componentWit(bytes)
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String((error as { payload?: unknown })?.payload ?? error)
    return `the component is not valid: ${message.replace(/\s+/g, ' ').slice(0, 1000)}`
  }
}

function memoryRefusals({ memoryBytes }: Built, manifest: Manifest): string[] {
  const allowed = manifest.limits?.memoryBytes ?? LIMITS.memoryBytes.default
  return memoryBytes > allowed
    ? [`it begins with ${memoryBytes} bytes of memory; limits.memoryBytes of its piece.json is ${allowed}`]
    : []
}

const names = (interfaces: readonly Interface[]): InterfaceNames[] =>
  interfaces.map(({ name, functions }) => ({ name, functions: [...functions.keys()] }))

const usesOf = (component: Component) => {
  const imported = new Set(component.imports.map((one) => withoutVersion(one.name)))
  return (capability: CapabilityName): string | undefined =>
    Object.keys(CAPABILITIES).find((name) => CAPABILITIES[name]!.asks === capability && imported.has(name))
}
const asksOf = (manifest: Manifest) => {
  const ask = askOf(manifest)
  return (capability: CapabilityName): boolean => Object.keys(ask[capability]).length > 0
}

/** Whoever reads the imports of an artifact reads what it may do: used or not, none stands there unasked. */
function unaskedRefusals(component: Component, manifest: Manifest): string[] {
  const [uses, asks] = [usesOf(component), asksOf(manifest)]
  return CAPABILITY_NAMES.flatMap((capability) => {
    const name = uses(capability)
    // Every toolchain imports the environment, needed or not; without names in piece.json it is empty.
    if (name === undefined || capability === 'env' || asks(capability)) return []
    return [
      `it imports ${name}, but piece.json does not ask for "${capability}"; add capabilities.${capability}, or build without the import`,
    ]
  })
}

/** What is asked and not imported works, and is not likely meant. */
function warningsOf(component: Component, manifest: Manifest): string[] {
  const [uses, asks] = [usesOf(component), asksOf(manifest)]
  const idle = CAPABILITY_NAMES.filter((one) => asks(one) && uses(one) === undefined)
  return idle.length > 0 ? [`asked for in piece.json, but not imported: ${idle.join(', ')}`] : []
}
