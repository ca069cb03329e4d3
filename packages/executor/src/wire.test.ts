import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Frame, FrameReader, FrameWriter, Malformed } from './wire.ts'

/** A socket whose other side takes what it is given, or nothing. */
function socket(reads = true): { writes: Buffer[]; socket: Socket } {
  const writes: Buffer[] = []
  const end = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      writes.push(Buffer.from(chunk))
      if (reads) done()
    },
    writev(chunks, done) {
      writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)))
      if (reads) done()
    },
  })
  return { writes, socket: end as Socket }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function written(send: (writer: FrameWriter) => void): Promise<Buffer[]> {
  const { writes, socket: end } = socket()
  send(new FrameWriter(end, { maxBytes: 1e9, overflow: () => {} }))
  await turn()
  return writes
}

function read(bytes: Buffer, sizes: number[], side: 'cell' | 'supervisor' = 'cell'): Frame[] {
  const frames: Frame[] = []
  const reader = new FrameReader(side, (frame) => frames.push({ ...frame, bytes: frame.bytes.slice() }))
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    reader.feed(bytes.subarray(at, at + size))
    at += size
  }
  return frames
}

const SENT = (writer: FrameWriter): void => {
  writer.send('Ping', 0, 1)
  writer.send('Unload', 0, 0, { key: 'a key with ünïcode 🙂' })
  writer.send('Reply', 7, 9, { answer: { found: true } }, new Uint8Array(100_000).fill(1))
  writer.send('Reply', 7, 10, { answer: {} }, new Uint8Array(10).fill(2))
  writer.send('Module', 0, 0, { hash: 'x'.repeat(4_000) }, new Uint8Array(70_000).fill(3))
  writer.send('Cancel', 0xffffffff, 0)
}
const TAKEN = [
  { name: 'Ping', call: 0, seq: 1, bytes: 0 },
  { name: 'Unload', call: 0, seq: 0, bytes: 0 },
  { name: 'Reply', call: 7, seq: 9, bytes: 100_000 },
  { name: 'Reply', call: 7, seq: 10, bytes: 10 },
  { name: 'Module', call: 0, seq: 0, bytes: 70_000 },
  { name: 'Cancel', call: 0xffffffff, seq: 0, bytes: 0 },
]

describe('frames', () => {
  it.each([
    ['one write', 0, 1],
    ['several where it takes long, so that the first do not wait for the last', 1, 5],
  ])('of one turn leave in %s', async (_name, msEach, writes) => {
    let ms = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (ms += msEach))
    onTestFinished(() => clock.mockRestore())
    expect((await written(SENT)).length).toBe(writes)
  })

  it.each([[[1e9]], [[1]], [[19, 1, 3]], [[65_536]], [[20, 100_000]]])(
    'arrive whole, cut into chunks of %j',
    async (sizes) => {
      const bytes = Buffer.concat(await written(SENT))
      const frames = read(bytes, sizes)
      expect(frames.map((frame) => ({ ...frame, json: undefined, bytes: frame.bytes.length }))).toEqual(
        TAKEN.map((frame) => ({ ...frame, json: undefined })),
      )
      expect(frames[1]!.json).toEqual({ key: 'a key with ünïcode 🙂' })
      expect(frames[2]!.bytes.every((byte) => byte === 1)).toBe(true)
      expect(frames[4]!.bytes.every((byte) => byte === 3)).toBe(true)
    },
  )

  it('of several turns do not overwrite each other', async () => {
    const { writes, socket: end } = socket()
    const writer = new FrameWriter(end, { maxBytes: 1e9, overflow: () => {} })
    for (let seq = 0; seq < 50; seq++) {
      writer.send('Reply', 1, seq, { answer: { text: `${seq}`.repeat(2_000) } })
      if (seq % 3 === 0) await turn()
    }
    await turn()
    const frames = read(Buffer.concat(writes), [777])
    expect(frames.map((frame) => frame.json)).toEqual(
      Array.from({ length: 50 }, (_, seq) => ({ answer: { text: `${seq}`.repeat(2_000) } })),
    )
  })

  it.each([
    ['large bytes, once they were written', 100_000, true, ['sent', 'taken']],
    ['small bytes, once they were copied', 10, false, ['taken', 'sent']],
    ['large bytes that nobody takes: never', 100_000, false, ['sent']],
  ])('tell when they need their bytes no more: %s', async (_name, bytes, reads, told) => {
    const heard: string[] = []
    const writer = new FrameWriter(socket(reads).socket, { maxBytes: 1e9, overflow: () => {} })
    writer.send('Module', 0, 0, { hash: 'x' }, new Uint8Array(bytes), () => heard.push('taken'))
    heard.push('sent')
    await turn()
    await turn()
    expect(heard).toEqual(told)
  })

  it('that nobody takes are bounded: it is told once, and nothing more is sent', async () => {
    const { writes, socket: end } = socket(false)
    let overflows = 0
    const writer = new FrameWriter(end, { maxBytes: 100_000, overflow: () => overflows++ })
    for (let i = 0; i < 20; i++) {
      writer.send('Reply', 1, i, { answer: {} }, new Uint8Array(30_000))
      await turn()
    }
    expect(overflows).toBe(1)
    expect(writes.length).toBeLessThan(5)
  })
})

it('a program of a thousand modules, the most that a component has, fits into its frame', async () => {
  const modules = Array.from({ length: 1_000 }, () => 'f'.repeat(64))
  const program = {
    key: `sha256:${'f'.repeat(64)}+1.1`,
    modules,
    memoryBytes: 2 ** 29,
    lasting: ['table.set'],
    seed: 'f'.repeat(64),
    wantsPicture: false,
  }
  const bytes = Buffer.concat(await written((writer) => writer.send('Program', 0, 0, program)))
  expect(read(bytes, [bytes.length])).toMatchObject([{ name: 'Program', json: program }])
})

describe('a frame that breaks the rules', () => {
  const head = (type: number, length: number, jsonBytes: number) => {
    const bytes = Buffer.alloc(20)
    bytes.writeUInt32LE(length, 0)
    bytes.writeUInt32LE(type, 4)
    bytes.writeUInt32LE(jsonBytes, 16)
    return bytes
  }
  const BROKEN: Record<string, Buffer> = {
    'an unknown type': head(77, 0, 0),
    'a message for the other side': head(33, 0, 0),
    'a JSON part longer than the frame': head(3, 4, 5),
    'a JSON part over its limit': head(3, 5_000, 5_000),
    'raw bytes over their limit': head(4, 0xf0000000, 0),
    'raw bytes where there are none': head(7, 1, 0),
    'JSON that cannot be read': Buffer.concat([head(3, 3, 3), Buffer.from('{"k')]),
    'JSON that is no object': Buffer.concat([head(3, 4, 4), Buffer.from('null')]),
  }
  it.each(Object.entries(BROKEN))('is refused for %s, in one piece or in many', (_name, bytes) => {
    expect(() => read(bytes, [1e9])).toThrow(Malformed)
    expect(() => read(bytes, [1])).toThrow(Malformed)
  })

  it('is refused from its header on, before its body comes', () => {
    expect(() => read(head(4, 0xf0000000, 0), [20])).toThrow(/raw bytes/)
  })
})
