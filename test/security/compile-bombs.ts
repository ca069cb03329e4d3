/** @module compile-bombs: pieces that would compile for seconds, the cap that refuses each, and what is still taken. */
import type { Fixture } from '../fixture.ts'

const repeat = (count: number, text: string): string => text.repeat(count)
const locals = (count: number): string => repeat(count / 8, '(local i32 i32 i32 i32 i32 i32 i32 i32)')
const blocks = (deep: number, flat: number): string =>
  `${repeat(deep, '(block ')}${repeat(flat, '(block)')}${repeat(deep, ')')}`
const chain = (values: number, count: number): string => {
  const list = repeat(values, 'i32 ')
  return `(func $many (result ${list}) ${repeat(values, '(i32.const 0) ')}) (func (param i32) ${repeat(count, `(call $many) ${repeat(values, '(drop) ')}`)})`
}

export const BOMBS: Record<string, { hostile: Fixture; reason: RegExp; permitted: Fixture }> = {
  'many locals in many blocks': {
    hostile: { definitions: `(func ${locals(5_000)} ${blocks(900, 20_000)})` },
    reason: /locals × blocks/,
    permitted: { definitions: `(func ${locals(80)} ${blocks(90, 2_000)})` },
  },
  'a function of two megabytes': {
    hostile: { definitions: `(func ${repeat(700_000, '(drop (i32.const 0))')})` },
    reason: /bytes of code/,
    permitted: { definitions: `(func ${repeat(70_000, '(drop (i32.const 0))')})` },
  },
  'blocks within blocks': {
    hostile: { definitions: `(func ${blocks(2_000, 0)})` },
    reason: /blocks within each other/,
    permitted: { definitions: `(func ${blocks(900, 0)})` },
  },
  'a table of branches': {
    hostile: { definitions: `(func (br_table ${repeat(200_000, '0 ')}(i32.const 0)))` },
    reason: /targets of br_table/,
    permitted: { definitions: `(func (br_table ${repeat(20_000, '0 ')}(i32.const 0)))` },
  },
  'a function of calls': {
    hostile: { definitions: `(func $g) (func ${repeat(100_000, '(call $g)')})` },
    reason: /calls; at most/,
    permitted: { definitions: `(func $g) (func ${repeat(10_000, '(call $g)')})` },
  },
  'calls that answer with many values': {
    hostile: { definitions: chain(190, 2_000) },
    reason: /values carried/,
    permitted: { definitions: chain(19, 500) },
  },
  'a million loops': {
    hostile: { definitions: `(func ${repeat(100_000, '(loop)')})` },
    reason: /places where fuel is checked/,
    permitted: { definitions: `(func ${repeat(3_000, '(loop)')})` },
  },
}
