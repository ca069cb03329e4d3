/**
 * @module lift: core values and memory → values of the host (component-model `CanonicalABI.md`, "Loading", "Flat
 * Lifting"). Each type is compiled once into two closures; what the guest may get wrong traps with its place.
 */
import { type Canon, Trap } from './canon.ts'
import { type CoreType, type CoreValue, casesOf, layoutOf, offsetsOf, variantLayout } from './layout.ts'
import { camelCase, isTagged, type ValueType } from './types.ts'

export interface Lifter {
  /** From memory; the caller has checked the place. */
  readonly load: (canon: Canon, at: number) => unknown
  /** From core values, beginning at `at`. */
  readonly lift: (canon: Canon, flat: readonly CoreValue[], at: number) => unknown
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const known = new WeakMap<ValueType, Lifter>()

export function lifterOf(type: ValueType): Lifter {
  let lifter = known.get(type)
  if (!lifter) {
    lifter = compile(type)
    known.set(type, lifter)
  }
  return lifter
}

function char(code: number): string {
  if (code >= 0x110000 || (code >= 0xd800 && code <= 0xdfff)) throw new Trap(`0x${code.toString(16)} is no character`)
  return String.fromCodePoint(code)
}

function text(canon: Canon, at: number, length: number): string {
  canon.check(at, length, 1, 'a string')
  canon.traffic.add(length, 0)
  try {
    return decoder.decode(canon.bytes.subarray(at, at + length))
  } catch {
    throw new Trap(`a string of ${length} bytes at ${at} is not valid UTF-8`)
  }
}

/** A pointer and a length, from memory or flat, to one value. */
const ranged = (read: (canon: Canon, at: number, length: number) => unknown): Lifter => ({
  load: (canon, at) => read(canon, canon.view.getUint32(at, true), canon.view.getUint32(at + 4, true)),
  lift: (canon, flat, at) => read(canon, Number(flat[at]) >>> 0, Number(flat[at + 1]) >>> 0),
})

const SCALARS: Readonly<Partial<Record<ValueType['kind'], Lifter>>> = {
  bool: { load: (c, at) => c.bytes[at] !== 0, lift: (_, flat, at) => flat[at] !== 0 },
  u8: { load: (c, at) => c.bytes[at], lift: (_, flat, at) => (flat[at] as number) & 0xff },
  s8: { load: (c, at) => c.view.getInt8(at), lift: (_, flat, at) => ((flat[at] as number) << 24) >> 24 },
  u16: { load: (c, at) => c.view.getUint16(at, true), lift: (_, flat, at) => (flat[at] as number) & 0xffff },
  s16: { load: (c, at) => c.view.getInt16(at, true), lift: (_, flat, at) => ((flat[at] as number) << 16) >> 16 },
  u32: { load: (c, at) => c.view.getUint32(at, true), lift: (_, flat, at) => (flat[at] as number) >>> 0 },
  s32: { load: (c, at) => c.view.getInt32(at, true), lift: (_, flat, at) => (flat[at] as number) | 0 },
  u64: {
    load: (c, at) => c.view.getBigUint64(at, true),
    lift: (_, flat, at) => BigInt.asUintN(64, flat[at] as bigint),
  },
  s64: { load: (c, at) => c.view.getBigInt64(at, true), lift: (_, flat, at) => BigInt.asIntN(64, flat[at] as bigint) },
  f32: { load: (c, at) => c.view.getFloat32(at, true), lift: (_, flat, at) => flat[at] },
  f64: { load: (c, at) => c.view.getFloat64(at, true), lift: (_, flat, at) => flat[at] },
  char: { load: (c, at) => char(c.view.getUint32(at, true)), lift: (_, flat, at) => char((flat[at] as number) >>> 0) },
  string: ranged(text),
}

function compile(type: ValueType): Lifter {
  switch (type.kind) {
    case 'list':
      return list(type.element)
    case 'record':
      return record(
        type.fields.map((f) => camelCase(f.name)),
        type.fields.map((f) => f.type),
      )
    case 'tuple':
      return tuple(type.elements)
    case 'flags':
      return flags(type.names, layoutOf(type).size)
    case 'own':
    case 'borrow': {
      const { resource } = type
      const read =
        type.kind === 'own'
          ? (canon: Canon, handle: number) => canon.handles.take(handle, resource)
          : (canon: Canon, handle: number) => canon.handles.borrow(handle, resource)
      return {
        load: (canon, at) => read(canon, canon.view.getUint32(at, true)),
        lift: (canon, flat, at) => read(canon, (flat[at] as number) >>> 0),
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

function list(element: ValueType): Lifter {
  const { size, align } = layoutOf(element)
  if (element.kind === 'u8')
    return ranged((canon, at, length) => {
      canon.check(at, length, 1, 'a list')
      canon.traffic.add(length, 0)
      return canon.bytes.slice(at, at + length)
    })
  const { load } = lifterOf(element)
  return ranged((canon, at, length) => {
    canon.check(at, length * size, align, 'a list')
    canon.traffic.add(length * size, length)
    const values = new Array<unknown>(length)
    for (let i = 0; i < length; i++) values[i] = load(canon, at + i * size)
    return values
  })
}

function record(names: readonly string[], types: readonly ValueType[]): Lifter {
  const offsets = offsetsOf(types)
  const starts = flatStarts(types)
  const lifters = types.map(lifterOf)
  return {
    load: (canon, at) => {
      const value: Record<string, unknown> = {}
      for (let i = 0; i < names.length; i++) value[names[i]!] = lifters[i]!.load(canon, at + offsets[i]!)
      return value
    },
    lift: (canon, flat, at) => {
      const value: Record<string, unknown> = {}
      for (let i = 0; i < names.length; i++) value[names[i]!] = lifters[i]!.lift(canon, flat, at + starts[i]!)
      return value
    },
  }
}

function tuple(types: readonly ValueType[]): Lifter {
  const offsets = offsetsOf(types)
  const starts = flatStarts(types)
  const lifters = types.map(lifterOf)
  return {
    load: (canon, at) => lifters.map((lifter, i) => lifter.load(canon, at + offsets[i]!)),
    lift: (canon, flat, at) => lifters.map((lifter, i) => lifter.lift(canon, flat, at + starts[i]!)),
  }
}

/** Where the core values of each type begin when all are flattened in order. */
function flatStarts(types: readonly ValueType[]): number[] {
  let at = 0
  return types.map((type) => {
    const start = at
    at += layoutOf(type).flat.length
    return start
  })
}

function flags(names: readonly string[], size: number): Lifter {
  const keys = names.map(camelCase)
  const read = (bits: number) => {
    const value: Record<string, boolean> = {}
    for (let i = 0; i < keys.length; i++) value[keys[i]!] = ((bits >>> i) & 1) === 1
    return value
  }
  return {
    load: (canon, at) => read(tag(canon, at, size)),
    lift: (_, flat, at) => read(flat[at] as number),
  }
}

const tag = (canon: Canon, at: number, size: number): number =>
  size === 1 ? canon.bytes[at]! : size === 2 ? canon.view.getUint16(at, true) : canon.view.getUint32(at, true)

function variant(type: ValueType & { kind: 'variant' | 'enum' | 'option' | 'result' }): Lifter {
  const cases = casesOf(type)
  const { tagSize, payloadAt } = variantLayout(cases)
  const joined = layoutOf(type).flat.slice(1)
  const payloads = cases.map((c) => c.type && lifterOf(c.type))
  const flatPayloads = cases.map((c) => c.type && uncoerced(c.type, joined))
  const wrap = wrapper(type)
  const index = (given: number): number => (given < cases.length ? given : refuseCase(type.kind, given, cases.length))
  return {
    load: (canon, at) => {
      const i = index(tag(canon, at, tagSize))
      return wrap(i, payloads[i]?.load(canon, at + payloadAt))
    },
    lift: (canon, flat, at) => {
      const i = index((flat[at] as number) >>> 0)
      return wrap(i, flatPayloads[i]?.(canon, flat, at + 1))
    },
  }
}

function refuseCase(kind: string, given: number, cases: number): never {
  throw new Trap(
    `discriminant ${given} of ${kind === 'enum' || kind === 'option' ? 'an' : 'a'} ${kind} with ${cases} cases`,
  )
}

/** How the host sees case `i` with its payload. */
function wrapper(type: ValueType & { kind: 'variant' | 'enum' | 'option' | 'result' }) {
  if (type.kind === 'enum') return (i: number) => type.names[i]
  if (type.kind === 'option' && !isTagged(type)) return (_: number, payload: unknown) => payload
  const tags = casesOf(type).map((c) => c.name)
  return (i: number, val: unknown) => ({ tag: tags[i]!, val })
}

/** Flat lifting of a payload from the core types that all cases share. */
function uncoerced(type: ValueType, joined: readonly CoreType[]): Lifter['lift'] {
  const { lift } = lifterOf(type)
  const { flat } = layoutOf(type)
  if (flat.every((core, i) => core === joined[i])) return lift
  return (canon, values, at) =>
    lift(
      canon,
      flat.map((core, i) => narrowed(values[at + i]!, joined[i]!, core)),
      0,
    )
}

const scratch = new DataView(new ArrayBuffer(8))

/** Takes a value of type `want` out of the wider core type that carries it. */
function narrowed(value: CoreValue, have: CoreType, want: CoreType): CoreValue {
  if (have === want) return value
  if (have === 'i64') scratch.setBigUint64(0, BigInt.asUintN(64, value as bigint), true)
  else scratch.setInt32(0, value as number, true)
  return want === 'i32'
    ? scratch.getInt32(0, true)
    : want === 'f32'
      ? scratch.getFloat32(0, true)
      : scratch.getFloat64(0, true)
}
