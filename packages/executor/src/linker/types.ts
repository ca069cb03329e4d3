/** @module types: WIT types as structure, their text, and whether two of them are the same. */

export const PRIMITIVES = [
  'bool',
  's8',
  'u8',
  's16',
  'u16',
  's32',
  'u32',
  's64',
  'u64',
  'f32',
  'f64',
  'char',
  'string',
] as const
export type Primitive = (typeof PRIMITIVES)[number]

/** Its identity within a component is the object; between components, its interface and name. */
export interface Resource {
  readonly kind: 'resource'
  readonly name: string
  /** The imported interface that defines it, with version; empty until it is bound to one. */
  interface: string
}

export interface Field {
  readonly name: string
  readonly type: ValueType
}
export interface Case {
  readonly name: string
  readonly type: ValueType | undefined
}

export type ValueType =
  | { readonly kind: Primitive }
  | { readonly kind: 'list'; readonly element: ValueType }
  | { readonly kind: 'record'; readonly fields: readonly Field[] }
  | { readonly kind: 'tuple'; readonly elements: readonly ValueType[] }
  | { readonly kind: 'variant'; readonly cases: readonly Case[] }
  | { readonly kind: 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'option'; readonly element: ValueType }
  | { readonly kind: 'result'; readonly ok: ValueType | undefined; readonly err: ValueType | undefined }
  | { readonly kind: 'own'; readonly resource: Resource }
  | { readonly kind: 'borrow'; readonly resource: Resource }

/**
 * The host sees an option as the value or undefined; where the value itself may be undefined, as `{tag, val}`, so that the
 * `some` around an inner `none` is not lost.
 */
export const isTagged = (option: ValueType & { kind: 'option' }): boolean =>
  option.element.kind === 'option' && !isTagged(option.element)

export interface FunctionType {
  readonly kind: 'function'
  readonly params: readonly Field[]
  readonly result: ValueType | undefined
}

export type Type = ValueType | FunctionType | Resource

/** Functions of one imported or exported interface; those at world level stand under `$root`. */
export interface Interface {
  /** As written, with version: `wasi:io/poll@0.2.12`. */
  readonly name: string
  readonly functions: ReadonlyMap<string, FunctionType>
}

/** `wasi:io/poll@0.2.12` → `wasi:io/poll`: patch versions share one implementation. */
export const withoutVersion = (name: string): string => name.replace(/@.*$/, '')

/** WIT's kebab-case as a JavaScript property: `retry-after-ms` → `retryAfterMs`. */
export const camelCase = (name: string): string =>
  name.toLowerCase().replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

/** The type in WIT's words. The parser bounds what a type unfolds to, so this ends. */
export function show(type: Type | undefined): string {
  if (!type) return '_'
  switch (type.kind) {
    case 'list':
      return `list<${show(type.element)}>`
    case 'record':
      return `record { ${type.fields.map((f) => `${f.name}: ${show(f.type)}`).join(', ')} }`
    case 'tuple':
      return `tuple<${type.elements.map(show).join(', ')}>`
    case 'variant':
      return `variant { ${type.cases.map((c) => (c.type ? `${c.name}(${show(c.type)})` : c.name)).join(', ')} }`
    case 'enum':
    case 'flags':
      return `${type.kind} { ${type.names.join(', ')} }`
    case 'option':
      return `option<${show(type.element)}>`
    case 'result':
      return `result<${show(type.ok)}, ${show(type.err)}>`
    case 'own':
    case 'borrow':
      return `${type.kind}<${show(type.resource)}>`
    case 'resource':
      return `${withoutVersion(type.interface)}.${type.name}`
    case 'function':
      return `func(${type.params.map((p) => `${p.name}: ${show(p.type)}`).join(', ')})${type.result ? ` -> ${show(type.result)}` : ''}`
    default:
      return type.kind
  }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i])

const sameFields = (
  a: readonly { name: string; type: ValueType | undefined }[],
  b: readonly { name: string; type: ValueType | undefined }[],
): boolean => a.length === b.length && a.every((f, i) => f.name === b[i]!.name && sameType(f.type, b[i]!.type))

/** Whether two types, maybe of two components, are equal by structure, names and order included. */
export function sameType(a: Type | undefined, b: Type | undefined): boolean {
  if (a === b) return true
  if (!a || !b || a.kind !== b.kind) return false
  switch (a.kind) {
    case 'list':
    case 'option':
      return sameType(a.element, (b as typeof a).element)
    case 'record':
      return sameFields(a.fields, (b as typeof a).fields)
    case 'tuple': {
      const other = (b as typeof a).elements
      return a.elements.length === other.length && a.elements.every((e, i) => sameType(e, other[i]))
    }
    case 'variant':
      return sameFields(a.cases, (b as typeof a).cases)
    case 'enum':
    case 'flags':
      return sameNames(a.names, (b as typeof a).names)
    case 'result':
      return sameType(a.ok, (b as typeof a).ok) && sameType(a.err, (b as typeof a).err)
    case 'own':
    case 'borrow':
      return sameType(a.resource, (b as typeof a).resource)
    case 'resource':
      return (
        a.name === (b as typeof a).name && withoutVersion(a.interface) === withoutVersion((b as typeof a).interface)
      )
    case 'function':
      return sameFields(a.params, (b as typeof a).params) && sameType(a.result, (b as typeof a).result)
    default:
      return true
  }
}
