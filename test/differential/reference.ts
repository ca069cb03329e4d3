/**
 * @module differential/reference: a component that hands every call on to the host. Its core module is made from the
 * types that our parser reads and the flat signatures that our layout computes; wit-component refuses it if those are wrong.
 */
import { fileURLToPath } from 'node:url'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'
import { type Component, parseComponent } from '../../packages/executor/src/linker/component.ts'
import { layoutOf, MAX_FLAT_PARAMS, sequence } from '../../packages/executor/src/linker/layout.ts'
import type { FunctionType } from '../../packages/executor/src/linker/types.ts'

const witPath = fileURLToPath(new URL('./wit', import.meta.url))
const world = 'reference'

export const VALUES = 'test:reference/values'
export const THINGS = 'test:reference/things'
export const USES = 'test:reference/uses'
const VERSION = '@0.1.0'

/** The types of the world, from a component without a body. */
async function worldTypes(): Promise<Component> {
  const core = await componentEmbed({ dummy: true, witPath, world } as never)
  return parseComponent(await componentNew(core))
}

const RESULT_AT = 1024

/** `(param …) (result …)` of a function lowered for the guest to call, or lifted from it. */
function signature(type: FunctionType, lowered: boolean): string {
  const whole = sequence(type.params.map((p) => p.type)).flat
  const params: string[] = whole.length > MAX_FLAT_PARAMS ? ['i32'] : [...whole]
  const result = type.result ? layoutOf(type.result).flat : []
  if (result.length > 1 && lowered) params.push('i32')
  const answer = result.length > 1 ? (lowered ? [] : ['i32']) : result
  return `(param ${params.join(' ')}) (result ${answer.join(' ')})`
}

/** The export calls the import of its name with what it was given: pointers lead to the same memory. */
function handOn(
  from: string,
  to: string,
  name: string,
  type: FunctionType,
  i: number,
): { imports: string; exports: string } {
  const flat = sequence(type.params.map((p) => p.type)).flat.length
  const count = flat > MAX_FLAT_PARAMS ? 1 : flat
  const gets = Array.from({ length: count }, (_, n) => `(local.get ${n})`).join(' ')
  const spilled = (type.result ? layoutOf(type.result).flat.length : 0) > 1
  const call = spilled
    ? `(call $${to}${i} ${gets} (i32.const ${RESULT_AT})) (i32.const ${RESULT_AT})`
    : `(call $${to}${i} ${gets})`
  return {
    imports: `(import "${from}${VERSION}" "${name}" (func $${to}${i} ${signature(type, true)}))`,
    exports: `(func (export "${to === 'u' ? USES : from}${VERSION}#${name}") ${signature(type, false)} ${call})`,
  }
}

export async function referenceComponent(): Promise<Uint8Array> {
  const types = await worldTypes()
  const functions = (name: string) => [...types.imports.find((i) => i.name === `${name}${VERSION}`)!.functions]
  const values = functions(VALUES).map(([name, type], i) => handOn(VALUES, 'v', name, type, i))
  const things = functions(THINGS)
    .filter(([name]) => name.startsWith('through'))
    .map(([name, type], i) => handOn(THINGS, 'u', name, type, i))
  const core = await parse(`(module
    ${[...values, ...things].map((f) => f.imports).join('\n')}
    (import "${THINGS}${VERSION}" "[constructor]thing" (func $new (param i32 i32) (result i32)))
    (import "${THINGS}${VERSION}" "[method]thing.label" (func $label (param i32 i32)))
    (import "${THINGS}${VERSION}" "[resource-drop]thing" (func $drop (param i32)))
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 8192))
    (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1))) (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (block $fits (loop $more
        (br_if $fits (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
        (br $more)))
      (local.get $at))
    (func $free (param i32) (global.set $top (i32.const 8192)))
    ${functions(VALUES)
      .filter(([, type]) => (type.result ? layoutOf(type.result).flat.length : 0) > 1)
      .map(([name]) => `(export "cabi_post_${VALUES}${VERSION}#${name}" (func $free))`)
      .join('\n')}
    (func (export "${USES}${VERSION}#label-of-new") (param i32 i32) (result i32)
      (local $thing i32)
      (local.set $thing (call $new (local.get 0) (local.get 1)))
      (call $label (local.get $thing) (i32.const ${RESULT_AT}))
      (call $drop (local.get $thing))
      (i32.const ${RESULT_AT}))
    ${[...values, ...things].map((f) => f.exports).join('\n')})`)
  return componentNew(await componentEmbed({ binary: core, witPath, world } as never))
}
