/** @module blobs/parts: a file on its way into a socket, in parts: the next one is read while the last is written. */
import type { FileHandle } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import type { ByteRange } from './index.ts'

const KiB = 1024
/** Smaller ones wait for threads; larger ones are no faster. */
const PART_BYTES = 256 * KiB
/** What all pulls share, kept for the next ones: fresh memory costs more than reading into it, and V8 is late to collect it. */
const PARTS = 32
/** Where slow readers have them all. */
const SMALL_PART_BYTES = 32 * KiB

const idle: Buffer[] = []
let made = 0

function takePart(): Buffer {
  const part = idle.pop()
  if (part !== undefined) return part
  if (made === PARTS) return Buffer.allocUnsafeSlow(SMALL_PART_BYTES)
  made++
  return Buffer.allocUnsafeSlow(PART_BYTES)
}

function returnPart(part: Buffer): void {
  if (part.length === PART_BYTES) idle.push(part)
}

/** Settles when the kernel lets go of the part: it has it all, or the reader went away. */
const written = (sink: Writable, part: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    sink.write(part, (error) => (error ? reject(error) : resolve()))
  })

/** A stream as any other, but what it is piped into gets it from two buffers that are used over and over. */
export class FileParts extends Readable {
  readonly #file: FileHandle
  #at: number
  #left: number

  constructor(file: FileHandle, { from, to }: ByteRange) {
    super({ highWaterMark: 64 * KiB })
    this.#file = file
    this.#at = from
    this.#left = to - from + 1
  }

  override _read(size: number): void {
    if (this.#left === 0) this.push(null)
    else this.#readInto(Buffer.allocUnsafeSlow(Math.min(size, this.#left))).then((part) => this.push(part), this.#fail)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // It waits for a read that is under way.
    this.#file.close().then(() => done(error), done)
  }

  override pipe<T extends NodeJS.WritableStream>(sink: T): T {
    this.#pump(sink as unknown as Writable).catch(this.#fail)
    return sink
  }

  async #pump(sink: Writable): Promise<void> {
    let [here, there] = [takePart(), takePart()]
    let reading: Promise<Buffer> | undefined
    try {
      reading = this.#left > 0 ? this.#readInto(here) : undefined
      while (reading) {
        const writing = written(sink, await reading)
        reading = this.#left > 0 ? this.#readInto(there) : undefined
        // If the write fails nobody waits for it.
        reading?.catch(() => {})
        await writing
        ;[here, there] = [there, here]
      }
    } finally {
      await reading?.catch(() => {})
      for (const part of [here, there]) returnPart(part)
    }
    sink.end()
    // For whoever waits for the end of this one.
    this.push(null)
    this.resume()
  }

  async #readInto(part: Buffer): Promise<Buffer> {
    const { bytesRead } = await this.#file.read(part, 0, Math.min(part.length, this.#left), this.#at)
    if (bytesRead === 0) throw new Error(`the file ends ${this.#left} bytes before its end`)
    this.#at += bytesRead
    this.#left -= bytesRead
    return part.subarray(0, bytesRead)
  }

  readonly #fail = (error: Error): void => void this.destroy(error)
}
