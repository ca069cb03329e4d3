/**
 * @module wire: frames between the supervisor and a cell, on one socket pair. A frame is a header of fixed size, a small
 * JSON part and raw bytes; all frames of a turn go out in one write.
 */
import type { Socket } from 'node:net'
import type { EffectKind } from './effect.ts'
import type { ErrorCode } from './errors.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** What a cell is told once, as its only argument. */
export interface CellSettings {
  /** Linear memories of all its calls together. */
  memoryBytes: number
  /** Instances that live at once. */
  calls: number
  sliceMs: number
  /** Every so manieth reset of an instance is compared whole with its picture. */
  compareEvery: number
  /** Whether fd 4 is the marker file. */
  marker: boolean
}

/** The limits that are counted inside the cell. */
export interface CellLimits {
  fuel: number
  cpuMs: number
  startFuel: number
  reallocCpuMs: number
  memoryBytes: number
  outputBytes: number
  logBytes: number
  logLineBytes: number
  httpBodyBytes: number
}

export interface FixedRun {
  clockStart: number
  seed: string
  clockReads?: number[]
}

/** Usage as the cell counts it; the supervisor adds what only it knows. */
export interface CellUsage {
  fuel: number
  cpuMs: number
  memoryPeakBytes: number
  hostCalls: Record<string, number>
  coldStart: boolean
}

/** The errors that a cell may answer with; the rest are the supervisor's to say. */
export const CELL_ERRORS = [
  'AP_CPU_EXCEEDED',
  'AP_FUEL_EXCEEDED',
  'AP_START_EXCEEDED',
  'AP_REALLOC_EXCEEDED',
  'AP_MEMORY_EXCEEDED',
  'AP_OUTPUT_TOO_LARGE',
  'AP_OUTPUT_INVALID',
  'AP_TRAPPED',
  'AP_EXITED',
  'AP_HANDLES_EXCEEDED',
  'AP_INVALID_COMPONENT',
  'AP_CANCELLED',
  'AP_NO_CELL',
  'AP_INTERNAL',
] as const satisfies ErrorCode[]
export type CellErrorCode = (typeof CELL_ERRORS)[number]

/** A failure's texts are cut to these by the cell. */
export const FAILURE_CODE_LENGTH = 256
export const FAILURE_MESSAGE_LENGTH = 64 * KiB
/** So is each text of an error: a trap names functions, whose names are the piece's. */
export const ERROR_TEXT_LENGTH = 16 * KiB
/** And so many reasons. */
export const ERROR_REASONS = 100

export interface CellFailure {
  code: string
  message: string
  retryAfterMs?: number
  /** The frame's bytes are the detail. */
  hasDetail: boolean
}

/** Of a fixed or recorded run: when it began, and the reads of its clock since. */
export interface CellClock {
  start: number
  reads: number[]
}

export type DoneMessage = { usage: CellUsage; clock?: CellClock } & (
  | { kind: 'output' }
  | { kind: 'failure'; failure: CellFailure }
  | { kind: 'error'; code: CellErrorCode; fields: Record<string, unknown> }
)

/** The JSON part of each message. What the raw bytes are stands in the comment. */
export interface Messages {
  /** Bytes: a core module, kept under its hash until no program names it. */
  Module: { hash: string; memoryMaximumAt?: number }
  /**
   * Bytes: what stands around its modules. `memoryBytes` is what an instance begins with, `lasting` stands
   * against pictures, `seed` is that of the random numbers of its start, `wantsPicture` asks for what a start leaves.
   */
  Program: {
    key: string
    modules: string[]
    memoryBytes: number
    lasting: readonly string[]
    seed: string
    wantsPicture: boolean
  }
  /** Bytes: what a start of the program left, in zstd. */
  Picture: { key: string }
  /** The program is not called any more. */
  Unload: { key: string }
  /** Bytes: config, then input. */
  Call: {
    program: string
    /** Whose instances it may use. */
    tenant: string
    /** It gets an instance of its own, and nobody gets it afterwards. */
    fresh?: true
    kind: 'describe' | 'action' | 'trigger' | 'resolve'
    name: string
    hook: string
    configBytes: number
    env: [name: string, value: string][]
    limits: CellLimits
    fixed?: FixedRun
    record?: { seed: string }
  }
  /** The answer to the effect with the same sequence number. */
  Reply: { answer: object }
  /** The call ends at its next check; the supervisor knows why. */
  Cancel: Record<never, never>
  Ping: Record<never, never>

  Ready: Record<never, never>
  /** Sequence 0: posted, not answered. */
  Effect: { kind: EffectKind; ask: object }
  /** Bytes: the output, or the failure's detail. */
  Done: DoneMessage
  Pong: { memoryBytes: number; calls: number }
  /** Bytes: what a start of the program left; once for each program that wants it. */
  Pictured: { key: string }
  /** An instance was not what it had to be: a program whose calls get new instances from now on. */
  Unequal: { key: string; detail: string }
}
export type MessageName = keyof Messages

interface MessageRow {
  type: number
  to: 'cell' | 'supervisor'
  /** The largest JSON part and the largest raw part. */
  jsonBytes: number
  bytes: number
}

/** One row a message; a frame that no row allows ends the cell. */
export const MESSAGES = {
  Module: { type: 1, to: 'cell', jsonBytes: 4 * KiB, bytes: 128 * MiB },
  // A thousand hashes: a component has no more core modules.
  Program: { type: 2, to: 'cell', jsonBytes: 128 * KiB, bytes: 64 * MiB },
  Unload: { type: 3, to: 'cell', jsonBytes: 4 * KiB, bytes: 0 },
  Call: { type: 4, to: 'cell', jsonBytes: 2 * MiB, bytes: 64 * MiB },
  Reply: { type: 5, to: 'cell', jsonBytes: 1 * MiB, bytes: 128 * MiB },
  Cancel: { type: 6, to: 'cell', jsonBytes: 0, bytes: 0 },
  Ping: { type: 7, to: 'cell', jsonBytes: 0, bytes: 0 },
  Picture: { type: 8, to: 'cell', jsonBytes: 4 * KiB, bytes: 144 * MiB },
  Ready: { type: 33, to: 'supervisor', jsonBytes: 0, bytes: 0 },
  Effect: { type: 34, to: 'supervisor', jsonBytes: 1 * MiB, bytes: 128 * MiB },
  Done: { type: 35, to: 'supervisor', jsonBytes: 4 * MiB, bytes: 64 * MiB },
  Pong: { type: 36, to: 'supervisor', jsonBytes: 256, bytes: 0 },
  Unequal: { type: 37, to: 'supervisor', jsonBytes: 4 * KiB, bytes: 0 },
  Pictured: { type: 38, to: 'supervisor', jsonBytes: 4 * KiB, bytes: 144 * MiB },
} as const satisfies Record<MessageName, MessageRow>

/** A frame as it was read. The reader checks sizes and that the JSON part is an object or empty, not its shape. */
export interface Frame {
  name: MessageName
  call: number
  seq: number
  json: unknown
  bytes: Uint8Array
}

/** What stands in one write, and who hears when it was taken. */
interface Part {
  bytes: Uint8Array
  taken?: (() => void) | undefined
}

/** The other side does not keep to the protocol: nothing more that it says counts. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

const HEADER_BYTES = 20
/** Larger parts are not copied into the batch but written beside it. */
const COPIED_BYTES = 16 * KiB
const BATCH_BYTES = 64 * KiB
/** In a turn of many calls the first frames do not wait for the work of the last. */
const BATCH_MS = 0.5
const EMPTY = new Uint8Array(0)

const BY_TYPE = new Map<number, MessageRow & { name: MessageName }>(
  Object.entries(MESSAGES).map(([name, row]) => [row.type, { ...row, name: name as MessageName }]),
)

/** Cuts a stream of chunks into frames. Memory grows with what has arrived, never with what a header promises. */
export class FrameReader {
  readonly #side: MessageRow['to']
  readonly #take: (frame: Frame) => void
  #chunks: Buffer[] = []
  #held = 0
  #wanted = HEADER_BYTES

  constructor(side: 'cell' | 'supervisor', take: (frame: Frame) => void) {
    this.#side = side
    this.#take = take
  }

  /** Throws Malformed; the reader must not be fed again after that. */
  feed(chunk: Buffer): void {
    if (this.#held > 0) {
      this.#chunks.push(chunk)
      this.#held += chunk.length
      if (this.#held < this.#wanted) return
      chunk = Buffer.concat(this.#chunks, this.#held)
      this.#chunks = []
      this.#held = 0
    }
    let at = 0
    for (;;) {
      const left = chunk.length - at
      const size = left < HEADER_BYTES ? HEADER_BYTES : this.#sizeAt(chunk, at)
      if (left < size) {
        this.#wanted = size
        break
      }
      this.#read(chunk, at, size)
      at += size
    }
    if (at === chunk.length) return
    this.#chunks = [at === 0 ? chunk : chunk.subarray(at)]
    this.#held = chunk.length - at
  }

  #rowAt(chunk: Buffer, at: number): MessageRow & { name: MessageName } {
    const type = chunk.readUInt32LE(at + 4)
    const row = BY_TYPE.get(type)
    if (row === undefined || row.to !== this.#side) throw new Malformed(`message type ${type} is not known here`)
    return row
  }

  #sizeAt(chunk: Buffer, at: number): number {
    const row = this.#rowAt(chunk, at)
    const length = chunk.readUInt32LE(at)
    const jsonBytes = chunk.readUInt32LE(at + 16)
    if (jsonBytes > length) throw new Malformed(`${row.name}: the JSON part is longer than the frame`)
    if (jsonBytes > row.jsonBytes)
      throw new Malformed(`${row.name}: a JSON part of ${jsonBytes} bytes; ${row.jsonBytes} are allowed`)
    if (length - jsonBytes > row.bytes)
      throw new Malformed(`${row.name}: ${length - jsonBytes} raw bytes; ${row.bytes} are allowed`)
    return HEADER_BYTES + length
  }

  #read(chunk: Buffer, at: number, size: number): void {
    const { name } = this.#rowAt(chunk, at)
    const from = at + HEADER_BYTES
    const jsonBytes = chunk.readUInt32LE(at + 16)
    let json: unknown
    if (jsonBytes > 0) {
      try {
        json = JSON.parse(chunk.toString('utf8', from, from + jsonBytes))
      } catch {
        throw new Malformed(`${name}: the JSON part cannot be read`)
      }
      if (typeof json !== 'object' || json === null) throw new Malformed(`${name}: the JSON part is no object`)
    }
    this.#take({
      name,
      call: chunk.readUInt32LE(at + 8),
      seq: chunk.readUInt32LE(at + 12),
      json,
      bytes: from + jsonBytes === at + size ? EMPTY : chunk.subarray(from + jsonBytes, at + size),
    })
  }
}

/** Gathers the frames of a turn and writes them at its end, or where it takes long, every now and then. */
export class FrameWriter {
  readonly #socket: Socket
  readonly #maxBytes: number
  readonly #overflow: () => void
  #batch = Buffer.allocUnsafeSlow(BATCH_BYTES)
  #from = 0
  #to = 0
  #parts: Part[] = []
  #partsBytes = 0
  #scheduled = false
  #batchedAt = 0
  #closed = false

  /** `overflow` is called once, when the other side does not read and more than `maxBytes` wait. */
  constructor(socket: Socket, options: { maxBytes: number; overflow: () => void }) {
    this.#socket = socket
    this.#maxBytes = options.maxBytes
    this.#overflow = options.overflow
  }

  /** Bytes that the other side has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength + this.#partsBytes + (this.#to - this.#from)
  }

  /** `taken` is called once the system has the bytes, or they were copied; not where nothing is sent any more. */
  send<N extends MessageName>(
    name: N,
    call: number,
    seq: number,
    json?: Messages[N],
    bytes: Uint8Array = EMPTY,
    taken?: () => void,
  ): void {
    if (this.#closed) return
    const text = json === undefined ? '' : JSON.stringify(json)
    const copied = bytes.length <= COPIED_BYTES
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    this.#reserve(HEADER_BYTES + text.length * 3 + (copied ? bytes.length : 0))
    const batch = this.#batch
    const at = this.#to
    const jsonBytes = text === '' ? 0 : batch.write(text, at + HEADER_BYTES, 'utf8')
    batch.writeUInt32LE(jsonBytes + bytes.length, at)
    batch.writeUInt32LE(MESSAGES[name].type, at + 4)
    batch.writeUInt32LE(call, at + 8)
    batch.writeUInt32LE(seq, at + 12)
    batch.writeUInt32LE(jsonBytes, at + 16)
    this.#to = at + HEADER_BYTES + jsonBytes
    if (copied) {
      if (bytes.length > 0) batch.set(bytes, this.#to)
      this.#to += bytes.length
      taken?.()
    } else {
      this.#seal()
      this.#parts.push({ bytes, taken })
      this.#partsBytes += bytes.length
    }
    if (this.waitingBytes > this.#maxBytes) {
      this.close()
      this.#overflow()
    } else if (!this.#scheduled) {
      this.#scheduled = true
      this.#batchedAt = performance.now()
      setImmediate(this.#turned)
    } else if (performance.now() - this.#batchedAt > BATCH_MS) {
      this.flush()
      this.#batchedAt = performance.now()
    }
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true
    this.#parts = []
    this.#partsBytes = 0
    this.#from = this.#to = 0
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#batch.length - this.#to) return
    this.#seal()
    this.#batch = Buffer.allocUnsafeSlow(Math.max(BATCH_BYTES, bytes))
    this.#from = this.#to = 0
  }

  #seal(): void {
    if (this.#to === this.#from) return
    this.#parts.push({ bytes: this.#batch.subarray(this.#from, this.#to) })
    this.#partsBytes += this.#to - this.#from
    this.#from = this.#to
  }

  readonly #turned = (): void => {
    this.#scheduled = false
    this.flush()
  }

  /** Writes what was gathered before the turn ends. */
  flush(): void {
    if (this.#closed || !this.#socket.writable) return
    this.#seal()
    if (this.#parts.length === 0) return
    const parts = this.#parts
    this.#parts = []
    this.#partsBytes = 0
    if (parts.length > 1) this.#socket.cork()
    // Of a write that failed the socket may still hold the bytes: they go with it.
    for (const { bytes, taken } of parts)
      if (taken === undefined) this.#socket.write(bytes)
      else this.#socket.write(bytes, (error) => (error ? undefined : taken()))
    if (parts.length > 1) this.#socket.uncork()
    // The kernel has taken everything already: nothing refers to the batch any more.
    if (this.#socket.writableLength === 0 && this.#batch.length === BATCH_BYTES) this.#from = this.#to = 0
  }
}
