/** @module host/io: wasi:io. Errors, pollables and streams; everything else that a guest may wait for builds on these. */
import type { HttpErrorCode } from '../generated/world.ts'
import { err, type HostCall, immediate, ok, waiting } from './call.ts'
import { beforeWait, trap, waits } from './state.ts'
import type { Bindings } from './world.ts'

/** Most that one write takes, and most that waits in the host for one output. */
export const WRITE_BYTES = 64 * 1024
/** Most that one read answers with. */
const READ_BYTES = 1024 * 1024
/** A read of less asks the outside for this much: small reads are served from one chunk. */
const CHUNK_BYTES = 64 * 1024
/** As many handles as an instance may hold. */
const POLL_ENTRIES = 10_000

const EMPTY = new Uint8Array(0)
const CLOSED = err({ tag: 'closed' })

export class IoError {
  readonly message: string
  /** Set when the cause was HTTP: the answer of `http-error-code`. */
  readonly code: HttpErrorCode | undefined
  constructor(message: string, code?: HttpErrorCode) {
    this.message = message
    this.code = code
  }
}

/** Something that becomes ready; several pollables may look at one. */
export abstract class Waitable {
  #waiters: Set<() => void> | undefined

  /** On the monotonic clock, where time alone makes it ready. */
  get deadline(): number | undefined {
    return undefined
  }
  /** Also begins whatever makes it ready. */
  abstract ready(call: HostCall): boolean

  watch(waiter: () => void): void {
    this.#waiters ??= new Set()
    this.#waiters.add(waiter)
  }
  unwatch(waiter: () => void): void {
    this.#waiters?.delete(waiter)
  }
  protected wake(): void {
    if (this.#waiters === undefined) return
    for (const waiter of [...this.#waiters]) waiter()
  }
}

/** One wait, for the first of several: resolves when one may have become ready. It leaves nothing behind on the others. */
function waitOnce(call: HostCall, on: readonly Waitable[]): Promise<void> {
  const under = waits(call)
  if (under.why !== undefined) return Promise.reject(under.why)
  return new Promise((resolve, reject) => {
    let alarm: AbortController | undefined
    const leave = () => {
      for (const one of on) one.unwatch(wake)
      under.delete(end)
      alarm?.abort()
    }
    const wake = () => {
      leave()
      resolve()
    }
    const end = (why: unknown) => {
      leave()
      reject(why)
    }
    under.add(end)
    let deadline = Number.POSITIVE_INFINITY
    for (const one of on) {
      one.watch(wake)
      if (one.deadline !== undefined && one.deadline < deadline) deadline = one.deadline
    }
    if (deadline === Number.POSITIVE_INFINITY) return
    // One timer a wait, ended with it: virtual time may move only while the guest waits.
    alarm = new AbortController()
    call.clock.sleep(deadline - call.clock.peek(), alarm.signal).then(wake, end)
  })
}

/** Waits until at least one is ready. */
export async function waitFor(call: HostCall, on: readonly Waitable[]): Promise<undefined> {
  for (const begin of beforeWait(call)) begin()
  while (!on.some((one) => one.ready(call))) await waitOnce(call, on)
}

export class Pollable {
  readonly on: Waitable
  constructor(on: Waitable) {
    this.on = on
  }
}

class Ready extends Waitable {
  ready(): boolean {
    return true
  }
}
/** For what never waits: inert interfaces, trailers that do not come. */
export const READY = new Ready()

function readyIndexes(call: HostCall, list: readonly Pollable[]): number[] {
  const indexes: number[] = []
  for (let at = 0; at < list.length; at++) if (list[at]!.on.ready(call)) indexes.push(at)
  return indexes
}

async function pollLater(call: HostCall, list: readonly Pollable[]): Promise<number[]> {
  await waitFor(
    call,
    list.map((one) => one.on),
  )
  return readyIndexes(call, list)
}

function poll(call: HostCall, list: readonly Pollable[]): number[] | Promise<number[]> {
  if (list.length === 0) trap('wasi:io/poll#poll', 'the list is empty, so it would wait for ever')
  if (list.length > POLL_ENTRIES) trap('wasi:io/poll#poll', `${list.length} pollables; ${POLL_ENTRIES} are allowed`)
  const indexes = readyIndexes(call, list)
  return indexes.length > 0 ? indexes : pollLater(call, list)
}

const atMost = (length: bigint, max: number): number => (length > max ? max : Number(length))

/** Bytes that come from the outside, one chunk ahead at most. */
export abstract class InputStream extends Waitable {
  #chunk: Uint8Array = EMPTY
  #failure: IoError | undefined
  #ended = false
  #pulling = false

  /** Begins to fetch a chunk of at most `max` bytes; then comes `push`, `end`, both, or `fail`. */
  protected abstract pull(call: HostCall, max: number): void

  protected push(chunk: Uint8Array): void {
    this.#pulling = false
    this.#chunk = chunk
    // An empty chunk is no news, but whoever waits has to ask for the next one.
    this.wake()
  }
  protected end(): void {
    this.#ended = true
    this.wake()
  }
  protected fail(failure: IoError): void {
    this.#pulling = false
    this.#failure = failure
    this.wake()
  }
  #fetch(call: HostCall, max: number): void {
    if (this.#settled || this.#pulling) return
    this.#pulling = true
    this.pull(call, Math.max(max, CHUNK_BYTES))
  }
  get #settled(): boolean {
    return this.#chunk.length > 0 || this.#ended || this.#failure !== undefined
  }
  ready(call: HostCall): boolean {
    this.#fetch(call, CHUNK_BYTES)
    return this.#settled
  }

  read(call: HostCall, length: bigint) {
    const max = atMost(length, READ_BYTES)
    if (max > 0) this.#fetch(call, max)
    if (this.#chunk.length > 0) {
      const part = this.#chunk.subarray(0, max)
      this.#chunk = max < this.#chunk.length ? this.#chunk.subarray(max) : EMPTY
      return ok(part)
    }
    if (this.#failure !== undefined) {
      // Told once: the stream is closed afterwards.
      const failure = this.#failure
      this.#failure = undefined
      this.#ended = true
      return err({ tag: 'last-operation-failed', val: failure })
    }
    return this.#ended ? CLOSED : ok(EMPTY)
  }
  blockingRead(call: HostCall, length: bigint) {
    if (length > 0n) this.#fetch(call, atMost(length, READ_BYTES))
    if (length === 0n || this.#settled) return this.read(call, length)
    return waitFor(call, [this]).then(() => this.read(call, length))
  }
}

const skipped = (result: ReturnType<InputStream['read']>) =>
  result.tag === 'ok' ? ok(BigInt(result.val.length)) : result

/** Bytes that go to the outside. A permit is given by `check-write` and spent by writes. */
export abstract class OutputStream extends Waitable {
  #permit = 0
  #flushing = false
  #failure: IoError | undefined
  #closed = false

  /** Bytes that may be put now. */
  protected abstract room(call: HostCall): number
  protected abstract put(call: HostCall, bytes: Uint8Array): void
  /** Whether all that was put has gone on. */
  protected abstract drained(): boolean

  protected fail(failure: IoError): void {
    if (!this.#closed) this.#failure ??= failure
    this.wake()
  }
  protected close(): void {
    this.#closed = true
    this.wake()
  }
  get open(): boolean {
    return !this.#closed && this.#failure === undefined
  }
  /** A failure is told once: the stream is closed afterwards. */
  #refusal() {
    if (this.#closed || this.#failure === undefined) return CLOSED
    const failure = this.#failure
    this.#closed = true
    return err({ tag: 'last-operation-failed', val: failure })
  }
  #roomNow(call: HostCall): number {
    if (this.#flushing && !this.drained()) return 0
    this.#flushing = false
    return Math.min(this.room(call), WRITE_BYTES)
  }

  ready(call: HostCall): boolean {
    return !this.open || this.#roomNow(call) > 0 || !this.open
  }
  checkWrite(call: HostCall) {
    this.#permit = this.open ? this.#roomNow(call) : 0
    return this.open ? ok(BigInt(this.#permit)) : this.#refusal()
  }
  write(call: HostCall, bytes: Uint8Array) {
    if (!this.open) return this.#refusal()
    if (bytes.length > this.#permit)
      trap(
        'wasi:io/streams#[method]output-stream.write',
        `${bytes.length} bytes; check-write permitted ${this.#permit}`,
      )
    this.#permit -= bytes.length
    if (bytes.length > 0) this.put(call, bytes)
    return this.open ? ok() : this.#refusal()
  }
  flush() {
    if (!this.open) return this.#refusal()
    this.#flushing = !this.drained()
    return ok()
  }
  blockingFlush(call: HostCall) {
    if (!this.open || this.drained()) return this.flush()
    return this.#flushed(call)
  }
  blockingWriteAndFlush(call: HostCall, bytes: Uint8Array, name = 'blocking-write-and-flush') {
    if (bytes.length > WRITE_BYTES)
      trap(`wasi:io/streams#[method]output-stream.${name}`, `${bytes.length} bytes; at most ${WRITE_BYTES}`)
    if (!this.open) return this.#refusal()
    if (this.#roomNow(call) < bytes.length || !this.open) return this.#writeLater(call, bytes)
    if (bytes.length > 0) this.put(call, bytes)
    return this.blockingFlush(call)
  }
  async #writeLater(call: HostCall, bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; ) {
      await waitFor(call, [this])
      if (!this.open) return this.#refusal()
      const part = bytes.subarray(at, at + this.#roomNow(call))
      this.put(call, part)
      at += part.length
    }
    return this.#flushed(call)
  }
  async #flushed(call: HostCall) {
    while (this.open && !this.drained()) {
      this.#flushing = true
      await waitFor(call, [this])
    }
    return this.open ? ok() : this.#refusal()
  }
  writeZeroes(call: HostCall, length: bigint) {
    return this.write(call, zeroes('write-zeroes', length))
  }
  blockingWriteZeroesAndFlush(call: HostCall, length: bigint) {
    const name = 'blocking-write-zeroes-and-flush'
    return this.blockingWriteAndFlush(call, zeroes(name, length), name)
  }
  splice(call: HostCall, from: InputStream, length: bigint) {
    const room = this.checkWrite(call)
    if (room.tag === 'err') return room
    const read = from.read(call, BigInt(atMost(length, this.#permit)))
    if (read.tag === 'err') return read
    const bytes = read.val
    const written = this.write(call, bytes)
    return written.tag === 'ok' ? ok(BigInt(bytes.length)) : written
  }
  blockingSplice(call: HostCall, from: InputStream, length: bigint) {
    if (length === 0n || (this.ready(call) && from.ready(call))) return this.splice(call, from, length)
    return waitFor(call, [this])
      .then(() => waitFor(call, [from]))
      .then(() => this.splice(call, from, length))
  }
}

function zeroes(name: string, length: bigint): Uint8Array {
  if (length > WRITE_BYTES)
    trap(`wasi:io/streams#[method]output-stream.${name}`, `${length} bytes; at most ${WRITE_BYTES}`)
  return new Uint8Array(Number(length))
}

export const error = {
  '[method]error.to-debug-string': immediate((_call, self) => self.message),
} satisfies Bindings<'wasi:io/error'>

export const pollInterface = {
  '[method]pollable.ready': immediate((call, self) => self.on.ready(call)),
  '[method]pollable.block': waiting((call, self) => (self.on.ready(call) ? undefined : waitFor(call, [self.on]))),
  poll: waiting(poll),
} satisfies Bindings<'wasi:io/poll'>

export const streams = {
  '[method]input-stream.read': immediate((call, self, length) => self.read(call, length)),
  '[method]input-stream.blocking-read': waiting((call, self, length) => self.blockingRead(call, length)),
  '[method]input-stream.skip': immediate((call, self, length) => skipped(self.read(call, length))),
  '[method]input-stream.blocking-skip': waiting((call, self, length) => {
    const result = self.blockingRead(call, length)
    return result instanceof Promise ? result.then(skipped) : skipped(result)
  }),
  '[method]input-stream.subscribe': immediate((_call, self) => new Pollable(self)),
  '[method]output-stream.check-write': immediate((call, self) => self.checkWrite(call)),
  '[method]output-stream.write': immediate((call, self, bytes) => self.write(call, bytes)),
  '[method]output-stream.blocking-write-and-flush': waiting((call, self, bytes) =>
    self.blockingWriteAndFlush(call, bytes),
  ),
  '[method]output-stream.flush': immediate((_call, self) => self.flush()),
  '[method]output-stream.blocking-flush': waiting((call, self) => self.blockingFlush(call)),
  '[method]output-stream.subscribe': immediate((_call, self) => new Pollable(self)),
  '[method]output-stream.write-zeroes': immediate((call, self, length) => self.writeZeroes(call, length)),
  '[method]output-stream.blocking-write-zeroes-and-flush': waiting((call, self, length) =>
    self.blockingWriteZeroesAndFlush(call, length),
  ),
  '[method]output-stream.splice': immediate((call, self, from, length) => self.splice(call, from, length)),
  '[method]output-stream.blocking-splice': waiting((call, self, from, length) =>
    self.blockingSplice(call, from, length),
  ),
} satisfies Bindings<'wasi:io/streams'>
