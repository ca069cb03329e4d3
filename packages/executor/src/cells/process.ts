/** @module cells/process: one cell as the supervisor sees it: its process, its frames, its pulse. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { letGo } from '../engine/passing.ts'
import { startSeedOf } from '../engine/product.ts'
import type { ProgramProduct } from '../engine.ts'
import type { Layers } from '../layers.ts'
import { type CellSettings, type Frame, FrameReader, FrameWriter, Malformed } from '../wire.ts'
import { innermost, mainThreadCpuMs } from './cpu-time.ts'
import { Loaded } from './loaded.ts'
import { Marker } from './marker.ts'
import { readPong } from './shapes.ts'

/** How a cell ended. `stopped`: we ended it while it had nothing to do. */
export type LossKind = 'birth' | 'hung' | 'malformed' | 'stuck' | 'crashed' | 'killed' | 'stopped'
export interface Loss {
  kind: LossKind
  detail: string
  /** The end of what it wrote to stderr: for the log, not for callers. */
  said: string
  /** The call whose slice began last. */
  marked: number
  silentMs: number
}

/** What a start of the program left, for those who share the cell. */
export type PictureOf = (group: string, product: ProgramProduct) => Promise<Uint8Array | undefined>

export interface CellEvents<T> {
  ready(cell: CellProcess<T>): void
  effect(cell: CellProcess<T>, frame: Frame): void
  done(cell: CellProcess<T>, frame: Frame): void
  unequal(cell: CellProcess<T>, frame: Frame): void
  pictured(cell: CellProcess<T>, frame: Frame): void
  lost(cell: CellProcess<T>, loss: Loss): void
  said(cell: CellProcess<T>, text: string): void
}

const MiB = 1024 * 1024
const BIRTH_MS = 10_000
/** Written to a cell and not taken by it. */
const OUTGOING_BYTES = 512 * MiB
/** Questions of a cell that wait for an answer, with what was written to it: above it we stop reading from it. */
const OPEN_BYTES = 128 * MiB
const STDERR_LENGTH = 4_096
const SAID_LINES = 6
/** What a cell writes to stderr is told as it comes, until it is too much: it may be hostile. */
const LOGGED_LENGTH = 65_536
/** After its end a process' last frames may still be on their way. */
const LAST_WORDS_MS = 200

export class CellProcess<T> {
  readonly id: number
  readonly calls = new Map<number, T>()
  readonly loaded: Loaded
  state: 'starting' | 'ready' | 'lost' = 'starting'
  /** Who shares it. */
  group = ''
  /** Takes no new calls and ends with its last one. */
  retiring = false
  /** Its slot is another cell's already. */
  replaced = false
  usedAt = performance.now()
  memoryBytes = 0

  readonly #child: ChildProcess
  readonly #socket: Socket
  readonly #writer: FrameWriter
  readonly #reader: FrameReader
  readonly #marker = new Marker()
  readonly #events: CellEvents<T>
  readonly #birth: NodeJS.Timeout
  #stderr = ''
  #saidLength = 0
  #openBytes = 0
  #paused = false

  #pingSeq = 0
  #pingedAt = 0
  #pingCpuMs: number | undefined
  #mainPid: number | undefined
  #silent = false

  constructor(options: {
    id: number
    layers: Layers
    settings: CellSettings
    programBytes: number
    events: CellEvents<T>
    pictureOf: PictureOf
  }) {
    this.id = options.id
    this.#events = options.events
    this.#child = spawnCell(options.layers, options.settings, this.#marker)
    this.#socket = this.#child.stdio[3] as Socket
    this.#writer = new FrameWriter(this.#socket, {
      maxBytes: OUTGOING_BYTES,
      overflow: () => this.kill('stuck', `more than ${OUTGOING_BYTES} bytes wait for it to be read`),
    })
    this.#reader = new FrameReader('supervisor', (frame) => this.#frame(frame))
    this.loaded = new Loaded(options.programBytes, {
      module: (module, bytes) => this.#writer.send('Module', 0, 0, module, bytes, () => letGo(bytes)),
      program: ({ key, digest, modules, memoryBytes, lasting, skeleton }, wantsPicture) => {
        const hashes = modules.map((one) => one.hash)
        const program = { key, modules: hashes, memoryBytes, lasting, seed: startSeedOf(digest), wantsPicture }
        this.#writer.send('Program', 0, 0, program, skeleton)
      },
      pictureOf: (product) => options.pictureOf(this.group, product),
      picture: (key, bytes) => this.#writer.send('Picture', 0, 0, { key }, bytes, () => letGo(bytes)),
      unload: (key) => this.#writer.send('Unload', 0, 0, { key }),
    })
    this.#birth = setTimeout(() => this.kill('birth', `not ready after ${BIRTH_MS} ms`), BIRTH_MS)
    this.#listen()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }
  get waitingBytes(): number {
    return this.#writer.waitingBytes
  }

  readonly send: FrameWriter['send'] = (name, call, seq, json, bytes) => {
    this.#writer.send(name, call, seq, json, bytes)
    this.#breathe()
  }

  /** Bytes of a question that is open, or negative when it was answered. */
  open(bytes: number): void {
    this.#openBytes += bytes
    this.#breathe()
  }

  /** Asks for a sign of life; the answer, or its lack, is judged by `hung`. */
  ping(now: number): void {
    if (this.state !== 'ready' || this.#silent) return
    this.#silent = true
    this.#pingedAt = now
    this.#pingCpuMs = this.#cpuMs()
    this.#writer.send('Ping', 0, ++this.#pingSeq)
  }

  /** Milliseconds since an unanswered ping. */
  silentMs(now: number): number {
    return this.#silent && !this.#paused ? now - this.#pingedAt : 0
  }

  /** We were not looking for that long. */
  forgive(ms: number): void {
    this.#pingedAt += ms
  }

  /** CPU that the silent cell has burnt since the ping; `undefined` if the system does not tell. */
  burntMs(): number | undefined {
    const cpuMs = this.#cpuMs()
    return cpuMs === undefined || this.#pingCpuMs === undefined ? undefined : cpuMs - this.#pingCpuMs
  }

  /** Its calls are lost from this moment on, whatever it still says. */
  kill(kind: LossKind, detail: string, silentMs = 0): void {
    if (this.state === 'lost') return
    this.#child.kill('SIGKILL')
    this.#end(this.state === 'starting' && kind !== 'stopped' ? 'birth' : kind, detail, silentMs)
  }

  /** It has nothing to do. One that is being born ends by its closed socket: bubblewrap, killed half-way, leaves a child. */
  stop(): void {
    if (this.state !== 'starting') this.kill('stopped', 'idle')
    else {
      setTimeout(() => this.#child.kill('SIGKILL'), BIRTH_MS).unref()
      this.#end('stopped', 'idle', 0)
    }
  }

  #cpuMs(): number | undefined {
    const pid = this.pid
    if (pid === undefined) return undefined
    this.#mainPid ??= innermost(pid)
    return this.#mainPid === undefined ? undefined : mainThreadCpuMs(this.#mainPid)
  }

  #listen(): void {
    // A cell that dies shows as errors of its pipes; the exit says why.
    this.#socket.on('error', () => {})
    this.#socket.on('data', (chunk: Buffer) => this.#data(chunk))
    this.#socket.on('drain', () => this.#breathe())
    // Mostly its end is at hand, and tells why; one that only closed its socket is ended. A call that it got now would be lost.
    this.#socket.on('close', () => {
      this.retiring = true
      if (this.state !== 'lost') setTimeout(() => this.#child.kill('SIGKILL'), LAST_WORDS_MS).unref()
    })
    const stderr = this.#child.stderr as Readable
    stderr.on('error', () => {})
    stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString('utf8')
      this.#stderr = (this.#stderr + text).slice(-STDERR_LENGTH)
      this.#saidLength += text.length
      if (this.#saidLength <= LOGGED_LENGTH) this.#events.said(this, text)
    })
    this.#child.on('error', (error) => this.#gone(error.message, true))
    this.#child.on('exit', (code, signal) => {
      const how = signal ?? `exit ${code}`
      // A wrapper that waits for node reports its signal as 128 + number.
      const crash = signal === null ? code !== 137 : signal !== 'SIGKILL'
      const last = setTimeout(() => this.#gone(how, crash), LAST_WORDS_MS)
      this.#child.once('close', () => {
        clearTimeout(last)
        this.#gone(how, crash)
      })
    })
  }

  #gone(how: string, crash: boolean): void {
    if (this.state === 'lost') return
    this.#end(this.state === 'starting' ? 'birth' : crash ? 'crashed' : 'killed', how, 0)
  }

  #end(kind: LossKind, detail: string, silentMs: number): void {
    const said = this.#stderr.trim().split('\n').slice(-SAID_LINES).join(' | ')
    const loss: Loss = { kind, detail, said, silentMs, marked: this.#marker.read() }
    this.state = 'lost'
    clearTimeout(this.#birth)
    this.#writer.close()
    this.#socket.destroy()
    this.#marker.close()
    this.#events.lost(this, loss)
  }

  #data(chunk: Buffer): void {
    if (this.state === 'lost') return
    try {
      this.#reader.feed(chunk)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.kill('malformed', error.message)
    }
  }

  #frame(frame: Frame): void {
    // Frames behind the one that ended the cell.
    if (this.state === 'lost') return
    if (frame.name === 'Ready') {
      if (this.state === 'ready') throw new Malformed('ready twice')
      this.state = 'ready'
      clearTimeout(this.#birth)
      this.#events.ready(this)
      return
    }
    if (this.state !== 'ready') throw new Malformed(`${frame.name} before it was ready`)
    if (frame.name === 'Effect') this.#events.effect(this, frame)
    else if (frame.name === 'Done') this.#events.done(this, frame)
    else if (frame.name === 'Unequal') this.#events.unequal(this, frame)
    else if (frame.name === 'Pictured') this.#events.pictured(this, frame)
    else if (frame.name === 'Pong') this.#pong(frame)
  }

  #pong(frame: Frame): void {
    if (!this.#silent || frame.seq !== this.#pingSeq) throw new Malformed('a pong that nobody asked for')
    this.memoryBytes = readPong(frame).memoryBytes
    this.#silent = false
  }

  /** Back-pressure: what a cell asks for while its answers pile up stays in the socket. */
  #breathe(): void {
    const bytes = this.#openBytes + this.#writer.waitingBytes
    if (!this.#paused && bytes > OPEN_BYTES) {
      this.#paused = true
      this.#socket.pause()
    } else if (this.#paused && bytes < OPEN_BYTES / 2) {
      this.#paused = false
      this.#pingedAt = performance.now()
      this.#socket.resume()
    }
  }
}

/** Throws where the system has no descriptor left, and then leaves none open. */
function spawnCell(layers: Layers, settings: CellSettings, marker: Marker): ChildProcess {
  try {
    const { file, args, fds } = layers.command(JSON.stringify(settings))
    try {
      const child = spawn(file, args, {
        stdio: ['ignore', 'ignore', 'pipe', 'pipe', marker.fd, ...fds],
        env: {},
        cwd: '/',
      })
      if (child.stdio !== undefined) return child
      // Not even pipes could be made: node says so in an event, of a child that has nothing else.
      child.on('error', () => {})
      throw new Error('no file descriptor is left for another process')
    } finally {
      for (const fd of fds) closeSync(fd)
    }
  } catch (error) {
    marker.close()
    throw error
  }
}
