import { binaryOf } from '@ap-wasm/executor/wasm-tools'
import { expect, test } from 'vitest'
import { withoutCustomSections } from '../functions.ts'
import { crateOf, moduleParts } from './parts.ts'

test.each([
  ['_RNvNtCs1ZxPnQ_4core3fmt5write', 'core'],
  ['_RNvXs_NtCsbDq_8ap_piece5valueNtB4_5Value', 'ap_piece'],
  ['_ZN10serde_json2de10from_slice17h0123456789abcdefE', 'serde_json'],
  ['_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0E', 'alloc'],
  ['malloc', undefined],
  ['', undefined],
])('the function %s is of the crate %s', (symbol, crate) => {
  expect(crateOf(symbol)).toBe(crate)
})

test('bytes of a module are counted by crate; then their names are gone', async () => {
  const module = await binaryOf(`(module
    (import "env" "a" (func))
    (memory 1)
    (func $_ZN4core3fmt5write17h0E)
    (func $_ZN8my_piece3run17h0E (drop (i32.const 1)))
    (func $malloc)
    (data (i32.const 0) "12345678"))`)
  const parts = Object.fromEntries(moduleParts(module).map(({ name, bytes }) => [name, bytes]))
  expect(parts).toEqual({ std: 2, my_piece: 5, 'C library and glue': 2, data: 14 })
  const bare = withoutCustomSections(module)
  expect(Buffer.from(bare).includes('my_piece')).toBe(false)
  expect(WebAssembly.validate(bare as BufferSource)).toBe(true)
})
