import { expect, test } from 'vitest'
import { pieceComponent } from '../../../../test/fixture.ts'
import type { Instance } from './instance.ts'
import type { Program } from './program.ts'
import { Scheduler } from './scheduler.ts'
import { instanceOf, programOf } from './testing.ts'

const INPUT = new Uint8Array(2)
const WORK = `(local $n i32) (local.set $n (i32.const 400000))
  (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`

/** Every look at this clock is a millisecond, so that slices are counted and not timed. */
const ticking = () => {
  let ms = 0
  return () => ++ms
}

async function ready(program: Program, scheduler: Scheduler, count: number): Promise<Instance[]> {
  const instances = Array.from({ length: count }, (_, i) => instanceOf(program, { scheduler, id: i + 1 }))
  await Promise.all(instances.map((instance) => instance.start()))
  return instances
}

const act = (instance: Instance) => instance.invoke('action', ['echo', INPUT])

test('those that want the processor get it in turn', async () => {
  const program = programOf(await pieceComponent({ action: WORK }))
  const order: number[] = []
  let watch = false
  const scheduler = new Scheduler({
    sliceMs: 1,
    cpuMs: ticking(),
    beforeSlice: ({ id }) => watch && order.push(id),
  })
  const instances = await ready(program, scheduler, 4)
  watch = true
  await Promise.all(instances.map(act))
  const rounds = instances[0]!.usage.slices - 1
  expect(rounds).toBeGreaterThan(2)
  expect(order).toEqual(Array.from({ length: rounds }, () => [1, 2, 3, 4]).flat())
})

test('only one instance runs at a time, and the hooks see each slice begin and end', async () => {
  const program = programOf(await pieceComponent({ action: WORK }))
  const events: string[] = []
  const scheduler: Scheduler = new Scheduler({
    sliceMs: 1,
    cpuMs: ticking(),
    beforeSlice: (instance) => {
      expect(scheduler.current).toBe(instance)
      events.push(`+${instance.id}`)
    },
    afterSlice: (instance) => events.push(`-${instance.id}`),
  })
  await Promise.all((await ready(program, scheduler, 3)).map(act))
  expect(events.length).toBeGreaterThan(12)
  events.forEach((event, i) => {
    if (i % 2) expect(event).toBe(`-${events[i - 1]!.slice(1)}`)
  })
})

test('the event loop turns between a hog and the next slice', async () => {
  const program = programOf(await pieceComponent({ action: WORK }))
  let turns = 0
  const scheduler = new Scheduler({
    sliceMs: 1,
    cpuMs: ticking(),
    yieldTurn: (f) => {
      turns++
      setImmediate(f)
    },
  })
  const [hog] = await ready(program, scheduler, 1)
  const before = turns
  await act(hog!)
  expect(turns - before).toBeGreaterThanOrEqual(hog!.usage.slices - 1)
})

/** A hog runs from the start; the call comes in while its slice lasts, as a frame does: with the next turn of the event loop. */
async function besideHog(sliceMs: number): Promise<number[]> {
  const hogs = programOf(await pieceComponent({ action: '(loop $for-ever (br $for-ever))' }))
  const calls = programOf(await pieceComponent({}))
  const order: number[] = []
  const arrived = Promise.withResolvers<void>()
  let came = false
  const scheduler = new Scheduler({
    sliceMs,
    cpuMs: ticking(),
    beforeSlice: ({ id }) => order.push(id),
    yieldTurn: (f) =>
      setImmediate(() => {
        if (order.length > 5 && !came) {
          came = true
          arrived.resolve()
        }
        f()
      }),
  })
  const hog = instanceOf(hogs, { scheduler, id: 1 })
  await hog.start()
  const running = hog.invoke('action', ['echo', INPUT])
  await arrived.promise
  const from = order.length
  const call = instanceOf(calls, { scheduler, id: 2 })
  await call.start()
  await call.invoke('init', [INPUT])
  await act(call)
  const until = order.length
  hog.close()
  await expect(running).rejects.toThrow()
  return order.slice(from, until)
}

test('the steps of a short call stay together: one slice of a hog at most comes before its answer', async () => {
  const order = await besideHog(50)
  expect(order.filter((id) => id === 2)).toHaveLength(3)
  expect(order.filter((id) => id === 1).length).toBeLessThanOrEqual(1)
})

test('a burst of new calls lets the event loop turn', async () => {
  const program = programOf(await pieceComponent({}))
  let turns = 0
  const scheduler = new Scheduler({
    sliceMs: 5,
    cpuMs: ticking(),
    yieldTurn: (f) => {
      turns++
      setImmediate(f)
    },
  })
  await ready(program, scheduler, 50)
  expect(turns).toBeGreaterThanOrEqual(5)
})

test('short slices share a turn of the event loop', async () => {
  const program = programOf(await pieceComponent({}))
  let turns = 0
  const scheduler = new Scheduler({
    cpuMs: () => 0,
    yieldTurn: (f) => {
      turns++
      setImmediate(f)
    },
  })
  await Promise.all((await ready(program, scheduler, 50)).map(act))
  expect(turns).toBe(0)
})

test('a hundred hogs are all stopped, and a neighbour is answered meanwhile', async () => {
  const hogs = programOf(await pieceComponent({ action: '(loop $l (br $l))' }))
  const polite = programOf(await pieceComponent({}))
  const scheduler = new Scheduler({ sliceMs: 1, cpuMs: ticking() })
  const running = Array.from({ length: 100 }, (_, i) => instanceOf(hogs, { scheduler, id: i, limits: { fuel: 2e7 } }))
  await Promise.all(running.map((hog) => hog.start()))
  const [neighbour] = await ready(polite, scheduler, 1)
  const ends: string[] = []
  const all = running.map((hog) =>
    act(hog).catch((error) => {
      ends.push(error.code)
    }),
  )
  await act(neighbour!).then(() => ends.push('neighbour'))
  await Promise.all(all)
  expect(ends[0]).toBe('neighbour')
  expect(ends.filter((end) => end === 'AP_FUEL_EXCEEDED')).toHaveLength(100)
  const slices = running.map((hog) => hog.usage.slices)
  expect(Math.max(...slices) - Math.min(...slices)).toBeLessThanOrEqual(1)
})
