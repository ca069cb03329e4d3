/**
 * @module cell: a process that runs pieces. It has no network, no files, no environment and no children: what its calls
 * want from the outside are frames on fd 3. Bundled into one file, the only one that the process may read.
 */
import { Socket } from 'node:net'
import { type Cell, CellCall } from './cell/call.ts'
import { threadCpuMs } from './cell/cpu-clock.ts'
import { Instances } from './cell/instances.ts'
import { mark } from './cell/marker.ts'
import { MemoryBudget } from './cell/memory.ts'
import { unpackPicture } from './cell/packed.ts'
import { Programs } from './cell/programs.ts'
import { makeWrappers } from './cell/wrappers.ts'
import { encodePicture } from './linker/picture-bytes.ts'
import { Scheduler } from './linker/scheduler.ts'
import { type CellSettings, type Frame, FrameReader, FrameWriter, type Messages } from './wire.ts'

const SOCKET_FD = 3
/** Unread answers; the supervisor stops reading long before that, and then so many effects are not made. */
const OUTGOING_BYTES = 1024 * 1024 * 1024

const settings = JSON.parse(process.argv[2] ?? '') as CellSettings
// A signal to the whole process group is for the supervisor to act on: it drains, and the end of the socket ends us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const socket = new Socket({ fd: SOCKET_FD, readable: true, writable: true })
const end = (): never => process.exit(0)
socket.on('error', end)
socket.on('end', end)
socket.on('close', end)

const writer = new FrameWriter(socket, { maxBytes: OUTGOING_BYTES, overflow: end })
const calls = new Map<number, CellCall>()
const programs = new Programs()
const memory = new MemoryBudget(settings.memoryBytes)
const scheduler = new Scheduler({
  sliceMs: settings.sliceMs,
  cpuMs: threadCpuMs,
  beforeSlice: (instance) => mark(instance.id),
  afterSlice: (instance) => calls.get(instance.id)?.measure(),
  // Answers do not wait for the slice that comes.
  yieldTurn: (next) =>
    setImmediate(() => {
      writer.flush()
      next()
    }),
})
const instances = new Instances({
  scheduler,
  memory,
  compareEvery: settings.compareEvery,
  pictured: ({ key }, picture) => writer.send('Pictured', 0, 0, { key }, encodePicture(picture)),
  differs: ({ key }, detail) => writer.send('Unequal', 0, 0, { key, detail }),
})
const cell: Cell = { programs, instances, scheduler, memory, send: (...frame) => writer.send(...frame) }

const take: { [N in keyof Messages]?: (json: Messages[N], frame: Frame) => void } = {
  Module: (json, { bytes }) => programs.addModule(json, bytes),
  Program: (json, { bytes }) => programs.addProgram(json, bytes),
  Picture: (json, { bytes }) => programs.addPicture(json, unpackPicture(bytes)),
  Unload: ({ key }) => {
    for (const linked of programs.unload(key)) linked.then((one) => instances.forget(one)).catch(() => {})
  },
  Call: (json, frame) => {
    const call = new CellCall(cell, frame.call, json, frame.bytes)
    calls.set(frame.call, call)
    void call.run().then(() => calls.delete(frame.call))
  },
  Reply: ({ answer }, { call, seq, bytes }) => calls.get(call)?.reply(seq, answer, bytes),
  Cancel: (_json, { call }) => calls.get(call)?.cancel(),
  Ping: (_json, { seq }) => writer.send('Pong', 0, seq, { memoryBytes: memory.bytes, calls: calls.size }),
}

const reader = new FrameReader('cell', (frame) =>
  (take[frame.name] as (json: unknown, frame: Frame) => void)(frame.json, frame),
)
socket.on('data', (chunk: Buffer) => reader.feed(chunk))
writer.send('Ready', 0, 0)
// Most cells are born ahead, and then nobody waits for this.
makeWrappers()
