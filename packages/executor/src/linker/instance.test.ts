import { describe, expect, test } from 'vitest'
import { type Fixture, pieceComponent } from '../../../../test/fixture.ts'
import { type ErrorCode, PieceError } from '../errors.ts'
import { Exit, immediate, waiting } from '../host/call.ts'
import type { InstanceLimits } from './instance.ts'
import { Scheduler } from './scheduler.ts'
import { fromText, instanceOf, programOf, started } from './testing.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const INPUT = encoder.encode('{"props":{"a":1}}')

/** Start, init, action: what a cell does with a call. */
async function run(fixture: Fixture, limits: Partial<InstanceLimits> = {}, sliceMs = 1): Promise<Outcome> {
  const program = programOf(await pieceComponent(fixture))
  const instance = instanceOf(program, { scheduler: new Scheduler({ sliceMs }), limits })
  try {
    await instance.start()
    await instance.invoke('init', [INPUT])
    const result = await instance.invoke('action', ['echo', INPUT])
    return { result: result as { tag: string; val: unknown }, usage: instance.usage }
  } catch (error) {
    return { error: error as PieceError, usage: instance.usage }
  } finally {
    instance.close()
  }
}
interface Outcome {
  result?: { tag: string; val: unknown }
  error?: PieceError
  usage: ReturnType<typeof instanceOf>['usage']
}

test('a fresh instance answers, and says what it used', async () => {
  const { result, usage } = await run({})
  expect(result?.tag).toBe('ok')
  expect(decoder.decode(result?.val as Uint8Array)).toBe('{"props":{"a":1}}')
  expect(usage).toMatchObject({ memoryBytes: 131_072, memoryPeakBytes: 131_072, hostCalls: {}, slices: 3 })
  expect(usage.fuel).toBeGreaterThan(0)
})

test('a failure is a result', async () => {
  const { result } = await run({ action: '(return (call $fail (i32.const 1024) (i32.const 4)))' })
  expect(result).toMatchObject({ tag: 'err', val: { message: '{"co', retryAfterMs: undefined, detail: undefined } })
})

const LOOP = '(loop $l (br $l))'
const STOPPED: { name: string; fixture: Fixture; limits: Partial<InstanceLimits>; code: ErrorCode }[] = [
  { name: 'a loop in action, by fuel', fixture: { action: LOOP }, limits: { fuel: 2e6 }, code: 'AP_FUEL_EXCEEDED' },
  { name: 'a loop in action, by CPU', fixture: { action: LOOP }, limits: { cpuMs: 5 }, code: 'AP_CPU_EXCEEDED' },
  { name: 'a loop in init', fixture: { init: LOOP }, limits: { fuel: 2e6 }, code: 'AP_FUEL_EXCEEDED' },
  {
    name: 'a loop in the start function',
    fixture: { definitions: `(func $go ${LOOP}) (start $go)` },
    limits: { startFuel: 2e6 },
    code: 'AP_START_EXCEEDED',
  },
  { name: 'a loop in realloc', fixture: { realloc: LOOP }, limits: { reallocCpuMs: 5 }, code: 'AP_REALLOC_EXCEEDED' },
  { name: 'a loop in realloc, by fuel', fixture: { realloc: LOOP }, limits: { fuel: 2e6 }, code: 'AP_FUEL_EXCEEDED' },
  { name: 'a loop in post-return', fixture: { post: LOOP }, limits: { reallocCpuMs: 5 }, code: 'AP_REALLOC_EXCEEDED' },
  {
    name: 'a tail call to itself',
    fixture: { definitions: '(func $again (return_call $again))', action: '(call $again)' },
    limits: { fuel: 2e6 },
    code: 'AP_FUEL_EXCEEDED',
  },
  {
    name: 'a loop that catches everything',
    fixture: {
      action: `(loop $l (block $caught (try_table (catch_all $caught) ${LOOP})) (br $l))`,
    },
    limits: { fuel: 2e6 },
    code: 'AP_FUEL_EXCEEDED',
  },
]
test.each(STOPPED)('$name is stopped: $code', async ({ fixture, limits, code }) => {
  const { error, result } = await run(fixture, limits)
  expect(result).toBeUndefined()
  expect(error).toBeInstanceOf(PieceError)
  expect(error?.code).toBe(code)
})

const TRAPS: { name: string; fixture: Fixture; detail: RegExp }[] = [
  {
    name: 'unreachable',
    fixture: { definitions: '(func $boom unreachable)', action: '(call $boom)' },
    detail: /^unreachable in boom < function \d+$/,
  },
  {
    name: 'a load out of bounds',
    fixture: { action: '(drop (i32.load (i32.const -4)))' },
    detail: /memory access out of bounds/,
  },
  {
    name: 'a division by zero',
    fixture: { action: '(drop (i32.div_s (i32.const 1) (i32.const 0)))' },
    detail: /divide by zero/,
  },
  {
    name: 'endless recursion',
    fixture: {
      definitions: '(func $deep (result i32) (i32.add (i32.const 1) (call $deep)))',
      action: '(drop (call $deep))',
    },
    detail: /^the stack overflowed/,
  },
  {
    name: 'an exception that nobody catches',
    fixture: { definitions: '(tag $e)', action: '(throw $e)' },
    detail: /^an exception of the language was not caught/,
  },
  {
    name: 'a result out of bounds',
    fixture: { action: '(return (i32.const 0x7ffffff8))' },
    detail: /a result at 2147483640 with \d+ bytes is out of bounds/,
  },
  {
    name: 'a result that is not aligned',
    fixture: { action: '(return (i32.const 20))' },
    detail: /a result at 20 is not aligned to 8/,
  },
  {
    name: 'an unknown case in a result',
    fixture: { action: '(i32.store8 (i32.const 16) (i32.const 7)) (return (i32.const 16))' },
    detail: /discriminant 7 of a result with 2 cases/,
  },
  {
    name: 'an allocator that answers outside',
    fixture: { realloc: '(return (i32.const -16))' },
    detail: /what cabi_realloc returned at 4294967280/,
  },
  { name: 'a trap in post-return', fixture: { post: 'unreachable' }, detail: /^unreachable/ },
]
test.each(TRAPS)('$name ends the call with AP_TRAPPED', async ({ fixture, detail }) => {
  const { error } = await run(fixture)
  expect(error?.code).toBe('AP_TRAPPED')
  expect(error?.message).toMatch(detail)
})

const WORK = `(local $n i32) (local.set $n (i32.const 3000000))
  (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`

test('fuel is the same however the call was sliced', async () => {
  const outcomes = await Promise.all([0, 0.1, 1, 1000].map((sliceMs) => run({ action: WORK }, {}, sliceMs)))
  const figures = new Set(outcomes.map((o) => o.usage.fuel))
  expect([...figures]).toHaveLength(1)
  expect(outcomes[0]!.usage.slices).toBeGreaterThan(outcomes[3]!.usage.slices)
})

test('the start is limited apart and not billed', async () => {
  const definitions = `(func $go ${WORK}) (start $go)`
  const [plain, heavy] = await Promise.all([run({}), run({ definitions })])
  expect(heavy.usage.fuel).toBe(plain.usage.fuel)
  const refused = await run({ definitions }, { startFuel: 1e6 })
  expect(refused.error?.code).toBe('AP_START_EXCEEDED')
})

test('the sum of the memories is limited', async () => {
  const { error } = await run({ memory: '20' }, { memoryBytes: 1024 * 1024 })
  expect(error?.code).toBe('AP_MEMORY_EXCEEDED')
})

const CANCELLED = () => new PieceError('AP_CANCELLED', { ranMs: 1 })

/** A component with one import that may wait, `w`, and one that does not, `n`; `run` is its export. */
const calling = (body: string): string => `(component
  (import "test:host/x" (instance $x (export "w" (func (result u32))) (export "n" (func (result u32)))))
  (core func $w (canon lower (func $x "w")))
  (core func $n (canon lower (func $x "n")))
  (core module $m
    (import "x" "w" (func $w (result i32)))
    (import "x" "n" (func $n (result i32)))
    (func (export "run") (result i32) ${body}))
  (core instance $i (instantiate $m (with "x" (instance (export "w" (func $w)) (export "n" (func $n))))))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

const world = (w: () => unknown, n: () => unknown = () => 1) => ({
  'test:host/x': { w: waiting(w), n: immediate(n) },
})

describe('an import', () => {
  test('that answers at once does not suspend; one that promises does', async () => {
    const here = await started(
      calling('(i32.add (call $w) (call $n))'),
      world(() => 41),
    )
    expect(await here.invoke('$root#run', [])).toBe(42)
    expect(here.usage).toMatchObject({ slices: 2, hostCalls: { 'test:host/x#w': 1, 'test:host/x#n': 1 } })
    const away = await started(
      calling('(i32.add (call $w) (call $n))'),
      world(async () => 41),
    )
    expect(await away.invoke('$root#run', [])).toBe(42)
    expect(away.usage.slices).toBe(3)
  })

  test('costs 1000 fuel', async () => {
    const none = await started(
      calling('(i32.const 1)'),
      world(() => 1),
    )
    const two = await started(
      calling('(drop (call $n)) (call $n)'),
      world(() => 1),
    )
    await none.invoke('$root#run', [])
    await two.invoke('$root#run', [])
    expect(two.usage.fuel - none.usage.fuel).toBeGreaterThanOrEqual(2000)
    expect(two.usage.fuel - none.usage.fuel).toBeLessThan(2010)
  })

  test('called for ever meets the fuel limit', async () => {
    const instance = await started(
      calling('(loop $l (drop (call $n)) (br $l)) (i32.const 1)'),
      world(() => 1),
      {
        limits: { fuel: 5e6 },
      },
    )
    await expect(instance.invoke('$root#run', [])).rejects.toMatchObject({ code: 'AP_FUEL_EXCEEDED' })
    expect(instance.usage.hostCalls['test:host/x#n']).toBeLessThan(5_100)
  })

  const THROWN: { name: string; thrown: unknown; code: ErrorCode }[] = [
    { name: 'Exit', thrown: new Exit(3), code: 'AP_EXITED' },
    { name: 'a PieceError', thrown: new PieceError('AP_HUNG', { silentMs: 1 }), code: 'AP_HUNG' },
    { name: 'anything else', thrown: new Error('ours'), code: 'AP_INTERNAL' },
  ]
  const CATCHES = '(loop $l (block $c (try_table (catch_all $c) (drop (call $w)))) (br $l)) (i32.const 1)'
  test.each(THROWN)(
    'that throws $name ends the call with $code, whatever the guest catches',
    async ({ thrown, code }) => {
      for (const fails of [
        () => {
          throw thrown
        },
        () => Promise.reject(thrown),
      ]) {
        const instance = await started(calling(CATCHES), world(fails))
        await expect(instance.invoke('$root#run', [])).rejects.toMatchObject({ code })
        await expect(instance.invoke('$root#run', [])).rejects.toMatchObject({ code })
      }
    },
  )

  test('that may not wait and answers with a promise is our bug', async () => {
    const instance = await started(
      calling('(call $n)'),
      world(
        () => 1,
        async () => 1,
      ),
    )
    await expect(instance.invoke('$root#run', [])).rejects.toMatchObject({ code: 'AP_INTERNAL' })
  })
})

describe('cancel', () => {
  test('in a wait rejects at once, and what arrives later is ignored', async () => {
    const answer = Promise.withResolvers<number>()
    const asked = Promise.withResolvers<void>()
    const instance = await started(
      calling('(call $w)'),
      world(() => {
        asked.resolve()
        return answer.promise
      }),
    )
    const result = instance.invoke('$root#run', [])
    await asked.promise
    instance.cancel(CANCELLED())
    await expect(result).rejects.toMatchObject({ code: 'AP_CANCELLED' })
    answer.resolve(1)
    await expect(instance.invoke('$root#run', [])).rejects.toMatchObject({ code: 'AP_CANCELLED' })
  })

  test('in a wait whose cancellation the guest catches stops at the next check', async () => {
    const asked = Promise.withResolvers<void>()
    const scheduler = new Scheduler()
    const instance = await started(
      calling(`(block $c (try_table (catch_all $c) (drop (call $w)))) ${LOOP} (i32.const 1)`),
      world(() => {
        asked.resolve()
        return new Promise(() => {})
      }),
      { scheduler },
    )
    const result = instance.invoke('$root#run', [])
    await asked.promise
    instance.cancel(CANCELLED())
    await expect(result).rejects.toMatchObject({ code: 'AP_CANCELLED' })
    await new Promise((done) => setImmediate(done))
    expect(scheduler.current).toBeUndefined()
  })

  test('in a loop stops it at its next check', async () => {
    const program = programOf(await pieceComponent({ action: LOOP }))
    const scheduler = new Scheduler({ sliceMs: 0 })
    const instance = instanceOf(program, { scheduler })
    await instance.start()
    const result = instance.invoke('action', ['echo', INPUT])
    setImmediate(() => instance.cancel(CANCELLED()))
    await expect(result).rejects.toMatchObject({ code: 'AP_CANCELLED' })
    await new Promise((done) => setImmediate(() => setImmediate(done)))
    expect(scheduler.current).toBeUndefined()
    expect(scheduler.waiting).toBe(0)
  })

  test('before the first slice runs nothing', async () => {
    const scheduler = new Scheduler()
    const program = programOf(await pieceComponent({ definitions: '(func $go) (start $go)' }))
    const busy = instanceOf(program, { scheduler })
    const instance = instanceOf(program, { scheduler })
    const other = busy.start()
    const start = instance.start()
    instance.cancel(CANCELLED())
    await expect(start).rejects.toMatchObject({ code: 'AP_CANCELLED' })
    await other
    expect(instance.memoryBytes).toBe(0)
  })

  test('by the hook after a slice reaches an import that waits', async () => {
    const scheduler: Scheduler = new Scheduler({
      afterSlice: (i) => i.id === 7 && i.usage.slices === 2 && i.cancel(CANCELLED()),
    })
    const instance = await started(
      calling('(call $w)'),
      world(() => new Promise(() => {})),
      { scheduler, id: 7 },
    )
    await expect(instance.invoke('$root#run', [])).rejects.toMatchObject({ code: 'AP_CANCELLED' })
    await new Promise((done) => setImmediate(done))
    expect(scheduler.current).toBeUndefined()
  })
})

test('one call at a time', async () => {
  const instance = await started(
    calling('(call $w)'),
    world(() => new Promise(() => {})),
  )
  const first = instance.invoke('$root#run', [])
  await expect(instance.invoke('$root#run', [])).rejects.toThrow('busy')
  instance.close()
  await expect(first).rejects.toMatchObject({ code: 'AP_CANCELLED' })
})

test('an import inside realloc that would wait is a trap, not a hang', async () => {
  const wat = `(component
    (import "test:host/x" (instance $x (export "w" (func (result u32)))))
    (core func $w (canon lower (func $x "w")))
    (core module $m
      (import "x" "w" (func $w (result i32)))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $w))
      (func (export "run") (param i32 i32)))
    (core instance $i (instantiate $m (with "x" (instance (export "w" (func $w))))))
    (func (export "run") (param "s" string) (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))`
  const instance = await started(wat, { 'test:host/x': { w: waiting(async () => 8) } })
  await expect(instance.invoke('$root#run', ['text'])).rejects.toMatchObject({
    code: 'AP_TRAPPED',
    message: expect.stringContaining('cannot be suspended'),
  })
})

test('a program refuses a second scheduler', async () => {
  const program = programOf(await fromText('(component)'))
  instanceOf(program)
  expect(() => instanceOf(program)).toThrow('one scheduler')
})
