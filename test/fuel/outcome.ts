/** @module outcome: what a call of a module's export did, and all that it left behind, to compare a module with its rewritten form. */
import { createHash } from 'node:crypto'
import { type Exports, instantiate } from './metered.ts'

/** So small that every loop and every call takes the way to the host. */
export const GRANT = 50

export interface Outcome {
  did: unknown
  state: string
}

const trapText = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/ \(.*\)$/, '') : 'an exception of its own'

function stateOf(exports: Exports): string {
  const hash = createHash('sha256')
  for (const [name, value] of Object.entries(exports)) {
    if (name.startsWith('@')) continue
    hash.update(name)
    if (value instanceof WebAssembly.Memory) hash.update(new Uint8Array(value.buffer))
    else if (value instanceof WebAssembly.Table) hash.update(String(value.length))
    else if (value instanceof WebAssembly.Global) hash.update(globalText(value))
  }
  return hash.digest('hex')
}

function globalText(global: WebAssembly.Global): string {
  try {
    const { value } = global
    return Object.is(value, -0) ? '-0' : typeof value === 'function' ? 'a function' : String(value)
  } catch {
    // JavaScript cannot read a vector.
    return 'unreadable'
  }
}

export function outcome(exports: Exports, start: () => void, name: string, args: readonly unknown[]): Outcome {
  try {
    start()
    const did = exports[name](...args)
    return { did: Object.is(did, -0) ? '-0' : did, state: stateOf(exports) }
  } catch (error) {
    return { did: trapText(error), state: stateOf(exports) }
  }
}

export function plainly(module: WebAssembly.Module, name: string, args: readonly unknown[]): Outcome {
  try {
    const { exports } = new WebAssembly.Instance(module)
    return outcome(exports, () => {}, name, args)
  } catch (error) {
    // The start function, which the rewritten form runs later.
    return { did: trapText(error), state: '' }
  }
}

const PAGE_BYTES = 65_536
/** Arguments that fit any parameter but those of 64 bits; those get the second. */
const ARGUMENTS = [7, -1, 3, 100, 0]

/**
 * How the two differ, for modules of which nothing is known: the rewritten form runs first, because it can be stopped. Undefined: they do not, or
 * it cannot be told (a stack that overflowed, a growth that only the caps refused).
 */
export function differs(bytes: Uint8Array<ArrayBuffer>, rewritten: Uint8Array): string | undefined {
  const module = new WebAssembly.Module(bytes)
  if (WebAssembly.Module.imports(module).length > 0) return undefined
  const names = WebAssembly.Module.exports(module).filter(({ kind }) => kind === 'function')
  for (const { name } of names.slice(0, 6))
    for (const args of [ARGUMENTS, ARGUMENTS.map(BigInt)]) {
      const instance = instantiate(rewritten, { grant: GRANT, limit: 200_000 })
      const { exports } = instance
      const ours = outcome(exports, () => exports['@fuel:start']?.(), name, args)
      if (instance.used > 200_000 || /call stack/.test(String(ours.did))) return undefined
      const plain = plainly(module, name, args)
      if (/call stack/.test(String(plain.did)) || grewBeyond(module, name, args)) return undefined
      const isSame = show(ours.did) === show(plain.did) && (plain.state === '' || ours.state === plain.state)
      if (!isSame) return `${name}(${args.join(', ')}): ${show(plain.did)} as it is, ${show(ours.did)} rewritten`
    }
  return undefined
}

const show = (value: unknown): string =>
  typeof value === 'function' ? 'a function' : Array.isArray(value) ? value.map(show).join(', ') : String(value)

/** Ours would have refused to grow that far. */
function grewBeyond(module: WebAssembly.Module, name: string, args: readonly unknown[]): boolean {
  try {
    const { exports } = new WebAssembly.Instance(module)
    try {
      ;(exports[name] as (...all: unknown[]) => unknown)(...args)
    } catch {}
    return Object.values(exports).some(
      (one) =>
        (one instanceof WebAssembly.Memory && one.buffer.byteLength > 1024 * PAGE_BYTES) ||
        (one instanceof WebAssembly.Table && one.length > 100_000),
    )
  } catch {
    return false
  }
}
