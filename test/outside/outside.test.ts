/** What others test of WebAssembly and its components: each file does what it did, and fails nowhere but where we say why. */
import { describe, expect, it } from 'vitest'
import { runComponentScript } from './component-script.ts'
import { runScript } from './core-script.ts'
import { casesOf, DEVIATIONS, results, SUITES, type Suite, type SuiteName } from './suites.ts'

const known = results()

describe.each(Object.entries(SUITES) as [SuiteName, Suite][])('%s', (name, suite) => {
  const cases = suite.where === 'folder' ? [] : casesOf(name)

  it('every file has its results, every result its file', () => {
    if (cases.length > 0) expect(cases.map(({ file }) => file)).toEqual(Object.keys(known[name]))
    expect(Object.keys(known[name]).length).toBeGreaterThan(0)
  })

  it('what fails is a deviation with a reason, and no other has one', () => {
    const failing = Object.entries(known[name]).filter(([, { failed }]) => failed.length > 0)
    const reasons = Object.keys(DEVIATIONS).filter((file) => file.startsWith(`${name}/`))
    expect(failing.map(([file]) => `${name}/${file}`).sort()).toEqual(reasons.sort())
  })

  it.each(cases)('$file', async ({ file, run }) => {
    expect(await run()).toEqual(known[name][file])
  })

  it.runIf(suite.where === 'built')('is built, where the tools are required', () => {
    if (process.env.AP_WASM_TOOLCHAINS === 'required') expect(cases.length).toBeGreaterThan(0)
  })
})

describe('a script is believed only if it can fail', () => {
  const F = '(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))'
  it.each([
    ['another answer', `${F} (assert_return (invoke "f" (i32.const 1)) (i32.const 3))`],
    ['a trap that does not come', `${F} (assert_trap (invoke "f" (i32.const 1)) "unreachable")`],
    ['an answer instead of a trap', '(module (func (export "f") unreachable)) (assert_return (invoke "f"))'],
    ['a valid module', '(assert_invalid (module) "type mismatch")'],
    ['a module that links', '(assert_unlinkable (module) "unknown import")'],
    [
      'another bit of a float',
      '(module (func (export "f") (result f32) (f32.const nan:0x200000))) (assert_return (invoke "f") (f32.const nan:0x200001))',
    ],
    [
      'a lane of a vector',
      '(module (func (export "f") (result v128) (v128.const i32x4 1 2 3 4))) (assert_return (invoke "f") (v128.const i32x4 1 2 3 5))',
    ],
  ])('of a module: %s', async (_, script) => {
    expect((await runScript(script)).failed).toHaveLength(1)
  })

  const G = `(component (core module $M (func (export "f") (result i32) (i32.const 7))) (core instance $m (instantiate $M))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))`
  it.each([
    ['another answer', `${G} (assert_return (invoke "f") (u32.const 8))`],
    ['a trap that does not come', `${G} (assert_trap (invoke "f") "unreachable")`],
    ['a valid component', '(assert_invalid (component) "no")'],
  ])('of a component: %s', async (_, script) => {
    expect((await runComponentScript(script)).failed).toHaveLength(1)
  })

  it('and passes where it is right', async () => {
    expect(await runScript(`${F} (assert_return (invoke "f" (i32.const 1)) (i32.const 2))`)).toMatchObject({
      passed: 2,
    })
    expect(await runComponentScript(`${G} (assert_return (invoke "f") (u32.const 7))`)).toMatchObject({ passed: 2 })
  })
})
