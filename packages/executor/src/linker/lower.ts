/**
 * @module lower: values of the host → memory and core values (component-model `CanonicalABI.md`, "Storing", "Flat
 * Lowering"). Values come from our own host functions and from the caller of an export; a wrong one is a TypeError.
 */
import type { Canon } from './canon.ts'
import { type CoreType, type CoreValue, casesOf, layoutOf, offsetsOf, variantLayout } from './layout.ts'
import { camelCase, isTagged, type ValueType } from './types.ts'

export interface Lowerer {
  /** Into memory at a place that is ours. */
  readonly store: (canon: Canon, value: unknown, at: number) => void
  /** Appends core values. */
  readonly lower: (canon: Canon, value: unknown, flat: CoreValue[]) => void
}

const encoder = new TextEncoder()
const known = new WeakMap<ValueType, Lowerer>()

export function lowererOf(type: ValueType): Lowerer {
  let lowerer = known.get(type)
  if (!lowerer) {
    lowerer = compile(type)
    known.set(type, lowerer)
  }
  return lowerer
}

const scalar = (
  store: (view: DataView, at: number, value: never) => void,
  core: (value: never) => CoreValue,
): Lowerer => ({
  store: (canon, value, at) => store(canon.view, at, value as never),
  lower: (_, value, flat) => flat.push(core(value as never)),
})

const same = (value: number): number => value
const code = (value: string): number => value.codePointAt(0)!

const SCALARS: Readonly<Partial<Record<ValueType['kind'], Lowerer>>> = {
  bool: scalar(
    (view, at, value: boolean) => view.setUint8(at, value ? 1 : 0),
    (value: boolean) => (value ? 1 : 0),
  ),
  u8: scalar(
    (view, at, value: number) => view.setUint8(at, value),
    (value: number) => value & 0xff,
  ),
  s8: scalar(
    (view, at, value: number) => view.setInt8(at, value),
    (value: number) => (value << 24) >> 24,
  ),
  u16: scalar(
    (view, at, value: number) => view.setUint16(at, value, true),
    (value: number) => value & 0xffff,
  ),
  s16: scalar(
    (view, at, value: number) => view.setInt16(at, value, true),
    (value: number) => (value << 16) >> 16,
  ),
  u32: scalar(
    (view, at, value: number) => view.setUint32(at, value, true),
    (value: number) => value | 0,
  ),
  s32: scalar(
    (view, at, value: number) => view.setInt32(at, value, true),
    (value: number) => value | 0,
  ),
  u64: scalar(
    (view, at, value: bigint) => view.setBigUint64(at, value, true),
    (value: bigint) => value,
  ),
  s64: scalar(
    (view, at, value: bigint) => view.setBigInt64(at, value, true),
    (value: bigint) => value,
  ),
  f32: scalar((view, at, value: number) => view.setFloat32(at, value, true), same),
  f64: scalar((view, at, value: number) => view.setFloat64(at, value, true), same),
  char: scalar((view, at, value: string) => view.setUint32(at, code(value), true), code),
}

/** A value that lives elsewhere in memory: `put` allocates its place there and fills it. */
function placed<T extends { readonly length: number }>(
  prepared: (value: never) => T,
  put: (canon: Canon, value: T) => number,
): Lowerer {
  return {
    store: (canon, value, at) => {
      const ready = prepared(value as never)
      const place = put(canon, ready)
      canon.view.setUint32(at, place, true)
      canon.view.setUint32(at + 4, ready.length, true)
    },
    lower: (canon, value, flat) => {
      const ready = prepared(value as never)
      flat.push(put(canon, ready) | 0, ready.length)
    },
  }
}

function putBytes(canon: Canon, value: Uint8Array): number {
  canon.traffic.add(value.length, 0)
  const at = canon.alloc(1, value.length)
  canon.bytes.set(value, at)
  return at
}

const STRING = placed((value: string) => encoder.encode(value), putBytes)
const BYTES = placed((value: Uint8Array) => value, putBytes)

function list(element: ValueType): Lowerer {
  if (element.kind === 'u8') return BYTES
  const { size, align } = layoutOf(element)
  const { store } = lowererOf(element)
  return placed(
    (value: readonly unknown[]) => value,
    (canon, values) => {
      const { length } = values
      canon.traffic.add(length * size, length)
      const at = canon.alloc(align, length * size)
      for (let i = 0; i < length; i++) store(canon, values[i], at + i * size)
      return at
    },
  )
}

function compile(type: ValueType): Lowerer {
  switch (type.kind) {
    case 'string':
      return STRING
    case 'list':
      return list(type.element)
    case 'record':
      return fields(
        type.fields.map((f) => f.type),
        type.fields.map((f) => camelCase(f.name)),
      )
    case 'tuple':
      return fields(
        type.elements,
        type.elements.map((_, i) => i),
      )
    case 'flags':
      return flags(type.names, layoutOf(type).size)
    case 'own':
    case 'borrow': {
      const { resource, kind } = type
      const add = (canon: Canon, value: unknown) => canon.handles.add(resource, value, kind === 'own')
      return {
        store: (canon, value, at) => canon.view.setUint32(at, add(canon, value), true),
        lower: (canon, value, flat) => flat.push(add(canon, value)),
      }
    }
    case 'variant':
    case 'enum':
    case 'option':
    case 'result':
      return variant(type)
    default:
      return SCALARS[type.kind]!
  }
}

/** Records and tuples: the keys of a record are names, those of a tuple are indexes. */
function fields(types: readonly ValueType[], keys: readonly (string | number)[]): Lowerer {
  const offsets = offsetsOf(types)
  const lowerers = types.map(lowererOf)
  return {
    store: (canon, value, at) => {
      for (let i = 0; i < keys.length; i++)
        lowerers[i]!.store(canon, (value as Record<string | number, unknown>)[keys[i]!], at + offsets[i]!)
    },
    lower: (canon, value, flat) => {
      for (let i = 0; i < keys.length; i++)
        lowerers[i]!.lower(canon, (value as Record<string | number, unknown>)[keys[i]!], flat)
    },
  }
}

function flags(names: readonly string[], size: number): Lowerer {
  const keys = names.map(camelCase)
  const bits = (value: Readonly<Record<string, boolean>>): number =>
    keys.reduce((sum, key, i) => (value[key] ? sum | (1 << i) : sum), 0)
  return {
    store: (canon, value, at) => setTag(canon, at, size, bits(value as Record<string, boolean>)),
    lower: (_, value, flat) => flat.push(bits(value as Record<string, boolean>)),
  }
}

function setTag(canon: Canon, at: number, size: number, tag: number): void {
  if (size === 1) canon.view.setUint8(at, tag)
  else if (size === 2) canon.view.setUint16(at, tag, true)
  else canon.view.setUint32(at, tag, true)
}

function variant(type: ValueType & { kind: 'variant' | 'enum' | 'option' | 'result' }): Lowerer {
  const cases = casesOf(type)
  const { tagSize, payloadAt } = variantLayout(cases)
  const joined = layoutOf(type).flat.slice(1)
  const payloads = cases.map((c) => c.type && lowererOf(c.type))
  const flatPayloads = cases.map((c) => coerced(c.type, joined))
  const { index, payload } = unwrapper(type)
  return {
    store: (canon, value, at) => {
      const i = index(value)
      setTag(canon, at, tagSize, i)
      payloads[i]?.store(canon, payload(value), at + payloadAt)
    },
    lower: (canon, value, flat) => {
      const i = index(value)
      flat.push(i)
      flatPayloads[i]!(canon, payload(value), flat)
    },
  }
}

interface Tagged {
  readonly tag: string
  readonly val?: unknown
}

/** Which case a host's value is, and its payload. */
function unwrapper(type: ValueType & { kind: 'variant' | 'enum' | 'option' | 'result' }): {
  index: (value: unknown) => number
  payload: (value: unknown) => unknown
} {
  if (type.kind === 'option' && !isTagged(type))
    return { index: (value) => (value === undefined || value === null ? 0 : 1), payload: (value) => value }
  const indexes = new Map(casesOf(type).map((c, i) => [c.name, i]))
  const at = (tag: string): number => {
    const i = indexes.get(tag)
    if (i === undefined)
      throw new TypeError(`"${tag}" is no case of a ${type.kind} of ${[...indexes.keys()].join(', ')}`)
    return i
  }
  return type.kind === 'enum'
    ? { index: (value) => at(value as string), payload: () => undefined }
    : { index: (value) => at((value as Tagged).tag), payload: (value) => (value as Tagged).val }
}

const ZERO: Readonly<Record<CoreType, CoreValue>> = { i32: 0, i64: 0n, f32: 0, f64: 0 }

/** Flat lowering of a payload into the core types that all cases share; what it leaves free is zero. */
function coerced(type: ValueType | undefined, joined: readonly CoreType[]): Lowerer['lower'] {
  const flatOf = type ? layoutOf(type).flat : []
  const lower = type && lowererOf(type).lower
  const equal = flatOf.every((core, i) => core === joined[i])
  const zeros = joined.slice(flatOf.length).map((core) => ZERO[core])
  return (canon, value, flat) => {
    const from = flat.length
    lower?.(canon, value, flat)
    if (!equal)
      for (let i = 0; i < flatOf.length; i++) flat[from + i] = widened(flat[from + i]!, flatOf[i]!, joined[i]!)
    for (const zero of zeros) flat.push(zero)
  }
}

const scratch = new DataView(new ArrayBuffer(8))

/** Puts a value into the wider core type that carries it, its bits unchanged and zero above. */
function widened(value: CoreValue, have: CoreType, want: CoreType): CoreValue {
  if (have === want) return value
  scratch.setBigUint64(0, 0n, true)
  if (have === 'i32') scratch.setInt32(0, value as number, true)
  else if (have === 'f32') scratch.setFloat32(0, value as number, true)
  else scratch.setFloat64(0, value as number, true)
  return want === 'i32' ? scratch.getInt32(0, true) : scratch.getBigUint64(0, true)
}
