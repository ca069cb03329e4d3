/** @module layout: size, alignment and flat form of each WIT type (component-model `CanonicalABI.md`, "Despecialization" to "Flattening"). */
import type { Case, ValueType } from './types.ts'

export type CoreType = 'i32' | 'i64' | 'f32' | 'f64'
export type CoreValue = number | bigint

export interface Layout {
  readonly size: number
  readonly align: number
  readonly flat: readonly CoreType[]
}

/** A function's parameters go through memory past this. */
export const MAX_FLAT_PARAMS = 16

const alignUp = (at: number, align: number): number => Math.ceil(at / align) * align

const scalar = (size: number, flat: CoreType): Layout => ({ size, align: size, flat: [flat] })
const POINTER: Layout = { size: 8, align: 4, flat: ['i32', 'i32'] }
const SCALARS = {
  bool: scalar(1, 'i32'),
  s8: scalar(1, 'i32'),
  u8: scalar(1, 'i32'),
  s16: scalar(2, 'i32'),
  u16: scalar(2, 'i32'),
  s32: scalar(4, 'i32'),
  u32: scalar(4, 'i32'),
  s64: scalar(8, 'i64'),
  u64: scalar(8, 'i64'),
  f32: scalar(4, 'f32'),
  f64: scalar(8, 'f64'),
  char: scalar(4, 'i32'),
  own: scalar(4, 'i32'),
  borrow: scalar(4, 'i32'),
  string: POINTER,
  list: POINTER,
} as const satisfies Partial<Record<ValueType['kind'], Layout>>

const known = new WeakMap<ValueType, Layout>()

export function layoutOf(type: ValueType): Layout {
  let layout = known.get(type)
  if (!layout) {
    layout = compute(type)
    known.set(type, layout)
  }
  return layout
}

function compute(type: ValueType): Layout {
  switch (type.kind) {
    case 'record':
      return sequence(type.fields.map((f) => f.type))
    case 'tuple':
      return sequence(type.elements)
    case 'flags': {
      const size = type.names.length <= 8 ? 1 : type.names.length <= 16 ? 2 : 4
      return { size, align: size, flat: ['i32'] }
    }
    case 'variant':
    case 'enum':
    case 'option':
    case 'result': {
      const cases = casesOf(type)
      const { align, payloadAt } = variantLayout(cases)
      const layouts = cases.flatMap((c) => (c.type ? [layoutOf(c.type)] : []))
      const size = alignUp(payloadAt + Math.max(0, ...layouts.map((l) => l.size)), align)
      const flat: CoreType[] = []
      for (const layout of layouts)
        layout.flat.forEach((core, i) => {
          flat[i] = flat[i] === undefined ? core : join(flat[i], core)
        })
      return { size, align, flat: ['i32', ...flat] }
    }
    default:
      return SCALARS[type.kind]
  }
}

/** Fields one after the other, each at its alignment. */
export function offsetsOf(types: readonly ValueType[]): number[] {
  let at = 0
  return types.map((type) => {
    const { size, align } = layoutOf(type)
    const offset = alignUp(at, align)
    at = offset + size
    return offset
  })
}

export function sequence(types: readonly ValueType[]): Layout {
  const align = Math.max(1, ...types.map((type) => layoutOf(type).align))
  const last = types.at(-1)
  const end = last ? offsetsOf(types).at(-1)! + layoutOf(last).size : 0
  return { size: alignUp(end, align), align, flat: types.flatMap((type) => layoutOf(type).flat) }
}

/** Option, result and enum as the variants that they abbreviate. */
export function casesOf(type: ValueType & { kind: 'variant' | 'enum' | 'option' | 'result' }): readonly Case[] {
  switch (type.kind) {
    case 'variant':
      return type.cases
    case 'enum':
      return type.names.map((name) => ({ name, type: undefined }))
    case 'option':
      return [
        { name: 'none', type: undefined },
        { name: 'some', type: type.element },
      ]
    case 'result':
      return [
        { name: 'ok', type: type.ok },
        { name: 'err', type: type.err },
      ]
  }
}

export function variantLayout(cases: readonly Case[]): { tagSize: 1 | 2 | 4; align: number; payloadAt: number } {
  const tagSize = cases.length <= 0x100 ? 1 : cases.length <= 0x10000 ? 2 : 4
  const payloadAlign = Math.max(1, ...cases.map((c) => (c.type ? layoutOf(c.type).align : 1)))
  return { tagSize, align: Math.max(tagSize, payloadAlign), payloadAt: alignUp(tagSize, payloadAlign) }
}

/** The core type that can carry either. */
const join = (a: CoreType, b: CoreType): CoreType =>
  a === b ? a : (a === 'i32' && b === 'f32') || (a === 'f32' && b === 'i32') ? 'i32' : 'i64'
