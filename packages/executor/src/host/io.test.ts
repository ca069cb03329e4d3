import { describe, expect, it } from 'vitest'
import type { HostCall } from './call.ts'
import { createClock } from './index.ts'
import { InputStream, IoError, OutputStream, Pollable, READY, Waitable, WRITE_BYTES } from './io.ts'
import { waits } from './state.ts'
import { bytes, fakeCall, text, trapOf } from './testing.ts'

class Gate extends Waitable {
  #open = false
  ready(): boolean {
    return this.#open
  }
  open(): void {
    this.#open = true
    this.wake()
  }
}

/** Chunks that arrive one turn after they were asked for. */
class Chunks extends InputStream {
  readonly pulls: number[] = []
  readonly #chunks: (Uint8Array | IoError)[]
  constructor(...chunks: (Uint8Array | IoError)[]) {
    super()
    this.#chunks = chunks
  }
  protected pull(_call: HostCall, max: number): void {
    this.pulls.push(max)
    const next = this.#chunks.shift()
    queueMicrotask(() => {
      if (next === undefined) this.end()
      else if (next instanceof IoError) this.fail(next)
      else this.push(next)
    })
  }
}

/** Takes `capacity` bytes until `drain`. */
class Sink extends OutputStream {
  readonly taken: Uint8Array[] = []
  held = 0
  readonly capacity: number
  constructor(capacity: number) {
    super()
    this.capacity = capacity
  }
  protected room(): number {
    return this.capacity - this.held
  }
  protected put(_call: HostCall, part: Uint8Array): void {
    this.taken.push(part)
    this.held += part.length
  }
  protected drained(): boolean {
    return this.held === 0
  }
  drain(): void {
    this.held = 0
    this.wake()
  }
  break(message: string): void {
    this.fail(new IoError(message))
  }
}

const POLL = 'wasi:io/poll#poll'
const OUT = 'wasi:io/streams#[method]output-stream.'
const IN = 'wasi:io/streams#[method]input-stream.'
const closed = { tag: 'err', val: { tag: 'closed' } }

describe('poll', () => {
  it('answers at once with what is ready, repeated handles included', () => {
    const { run } = fakeCall()
    const ready = new Pollable(READY)
    expect(run(POLL, [new Pollable(new Gate()), ready, ready])).toEqual([1, 2])
  })
  it('waits for the first', async () => {
    const { run } = fakeCall()
    const gates = [new Gate(), new Gate()]
    const answer = run(
      POLL,
      gates.map((gate) => new Pollable(gate)),
    )
    gates[1]!.open()
    expect(await answer).toEqual([1])
  })
  it('goes on waiting when it was woken for nothing', async () => {
    const { run } = fakeCall()
    const gate = new Gate()
    const answer = run('wasi:io/poll#[method]pollable.block', new Pollable(gate))
    // @ts-expect-error: protected, but anybody may spuriously wake
    gate.wake()
    await Promise.resolve()
    gate.open()
    expect(await answer).toBeUndefined()
  })
  it('leaves no waiter behind on what was not ready', async () => {
    const { run } = fakeCall()
    const slow = new Gate()
    let watchers = 0
    const watch = slow.watch.bind(slow)
    const unwatch = slow.unwatch.bind(slow)
    slow.watch = (waiter) => {
      watchers++
      watch(waiter)
    }
    slow.unwatch = (waiter) => {
      watchers--
      unwatch(waiter)
    }
    for (let round = 0; round < 100; round++) {
      const fast = new Gate()
      const answer = run(POLL, [new Pollable(slow), new Pollable(fast)])
      fast.open()
      await answer
    }
    expect(watchers).toBe(0)
  })
  it.each([
    ['an empty list', [], 'the list is empty'],
    ['too many', Array.from({ length: 10_001 }, () => new Pollable(READY)), '10001 pollables; 10000 are allowed'],
  ])('traps on %s', (_name, list, message) => {
    const { run } = fakeCall()
    expect(trapOf(() => run(POLL, list))).toContain(message)
  })
  it.each([
    ['the call ends', (fake: ReturnType<typeof fakeCall>) => fake.end(new Error('over'))],
    ['a bug of ours came to light', (fake: ReturnType<typeof fakeCall>) => waits(fake.call).fail(new Error('over'))],
  ])('lets go when %s, and of each later wait', async (_name, end) => {
    const fake = fakeCall()
    const answer = fake.run(POLL, [new Pollable(new Gate())])
    end(fake)
    await expect(answer).rejects.toThrow('over')
    await expect(fake.run(POLL, [new Pollable(new Gate())])).rejects.toThrow('over')
  })
  it('lets go of a timer when the call ends', async () => {
    const fake = fakeCall({ clock: createClock() })
    const timer = fake.run('wasi:clocks/monotonic-clock#subscribe-duration', 3_600_000_000_000n)
    const answer = fake.run('wasi:io/poll#[method]pollable.block', timer)
    fake.end()
    await expect(answer).rejects.toThrow()
  })
})

describe('input-stream', () => {
  it('reads what is there without waiting, in pieces as asked', async () => {
    const { run } = fakeCall()
    const stream = new Chunks(bytes('abcdef'))
    expect(run(`${IN}read`, stream, 4n).val).toHaveLength(0)
    const pollable = run(`${IN}subscribe`, stream)
    await run('wasi:io/poll#[method]pollable.block', pollable)
    expect(text(run(`${IN}read`, stream, 4n).val)).toBe('abcd')
    expect(text(run(`${IN}read`, stream, 4n).val)).toBe('ef')
    expect(stream.pulls).toEqual([64 * 1024])
  })
  it('blocks until bytes come, then says closed', async () => {
    const { run } = fakeCall()
    const stream = new Chunks(bytes('x'), new Uint8Array(0), bytes('yz'))
    expect(text((await run(`${IN}blocking-read`, stream, 9n)).val)).toBe('x')
    expect(await run(`${IN}blocking-skip`, stream, 1n)).toEqual({ tag: 'ok', val: 1n })
    expect(run(`${IN}skip`, stream, 9n)).toEqual({ tag: 'ok', val: 1n })
    expect(await run(`${IN}blocking-read`, stream, 9n)).toEqual(closed)
    expect(run(`${IN}read`, stream, 9n)).toEqual(closed)
  })
  it('tells a failure once', async () => {
    const { run } = fakeCall()
    const stream = new Chunks(new IoError('torn'))
    const failed = await run(`${IN}blocking-read`, stream, 1n)
    expect(failed.val.tag).toBe('last-operation-failed')
    expect(run('wasi:io/error#[method]error.to-debug-string', failed.val.val)).toBe('torn')
    expect(await run(`${IN}blocking-read`, stream, 1n)).toEqual(closed)
  })
  it('never asks for more than 1 MiB', async () => {
    const { run } = fakeCall()
    const stream = new Chunks(new Uint8Array(2 ** 21))
    expect((await run(`${IN}blocking-read`, stream, 2n ** 64n - 1n)).val).toHaveLength(2 ** 20)
    expect(stream.pulls).toEqual([2 ** 20])
  })
})

describe('output-stream', () => {
  it('permits what there is room for, and no byte more', () => {
    const { run } = fakeCall()
    const sink = new Sink(10)
    expect(run(`${OUT}check-write`, sink)).toEqual({ tag: 'ok', val: 10n })
    expect(run(`${OUT}write`, sink, bytes('1234567'))).toEqual({ tag: 'ok', val: undefined })
    expect(trapOf(() => run(`${OUT}write`, sink, bytes('8901')))).toContain('4 bytes; check-write permitted 3')
  })
  it.each([
    ['write without a permit', 'write', [new Uint8Array(1)], 'check-write permitted 0'],
    ['blocking-write-and-flush', 'blocking-write-and-flush', [new Uint8Array(WRITE_BYTES + 1)], 'at most 65536'],
    ['write-zeroes of 2^63', 'write-zeroes', [2n ** 63n], 'at most 65536'],
    ['blocking zeroes', 'blocking-write-zeroes-and-flush', [65_537n], 'at most 65536'],
  ])('traps on %s', (_name, method, args, message) => {
    const { run } = fakeCall()
    expect(trapOf(() => run(OUT + method, new Sink(WRITE_BYTES * 2), ...args))).toContain(message)
  })
  it('never permits more than 64 KiB', () => {
    const { run } = fakeCall()
    expect(run(`${OUT}check-write`, new Sink(2 ** 30)).val).toBe(65_536n)
  })
  it('gives no permit while it flushes', async () => {
    const { run } = fakeCall()
    const sink = new Sink(10)
    run(`${OUT}check-write`, sink)
    run(`${OUT}write`, sink, bytes('abc'))
    run(`${OUT}flush`, sink)
    expect(run(`${OUT}check-write`, sink).val).toBe(0n)
    const pollable = run(`${OUT}subscribe`, sink)
    expect(run('wasi:io/poll#[method]pollable.ready', pollable)).toBe(false)
    sink.drain()
    expect(run('wasi:io/poll#[method]pollable.ready', pollable)).toBe(true)
    expect(run(`${OUT}check-write`, sink).val).toBe(10n)
  })
  it('writes in parts while room comes and goes', async () => {
    const { run } = fakeCall()
    const sink = new Sink(3)
    const written = run(`${OUT}blocking-write-and-flush`, sink, bytes('abcdefg'))
    for (let turn = 0; turn < 20; turn++) {
      await Promise.resolve()
      sink.drain()
    }
    expect((await written).tag).toBe('ok')
    expect(sink.taken.map(text)).toEqual(['abc', 'def', 'g'])
  })
  it('tells a failure once, to a writer that waits too', async () => {
    const { run } = fakeCall()
    const sink = new Sink(3)
    const written = run(`${OUT}blocking-write-and-flush`, sink, bytes('abcdef'))
    sink.break('gone')
    expect((await written).val.val.message).toBe('gone')
    for (const method of ['check-write', 'flush', 'blocking-flush']) expect(run(OUT + method, sink)).toEqual(closed)
    expect(run(`${OUT}write`, sink, bytes('x'))).toEqual(closed)
  })
  it('splices what both sides allow', async () => {
    const { run } = fakeCall()
    const sink = new Sink(4)
    const from = new Chunks(bytes('abcdef'))
    expect(await run(`${OUT}blocking-splice`, sink, from, 100n)).toEqual({ tag: 'ok', val: 4n })
    expect(run(`${OUT}splice`, sink, from, 100n)).toEqual({ tag: 'ok', val: 0n })
    sink.drain()
    expect(run(`${OUT}splice`, sink, from, 100n)).toEqual({ tag: 'ok', val: 2n })
    expect(sink.taken.map(text).filter((part) => part.length > 0)).toEqual(['abcd', 'ef'])
    sink.drain()
    expect(await run(`${OUT}blocking-splice`, sink, from, 1n)).toEqual(closed)
  })
})
