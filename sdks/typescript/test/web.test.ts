/** Parts of the runtime that need no import of the world: they run here in Node, and in the component as they are. */
import { describe, expect, test } from 'vitest'
import { Blob, encodeForm, File, FormData } from '../src/runtime/blob.ts'
import { structuredClone } from '../src/runtime/clone.ts'
import { Headers } from '../src/runtime/headers.ts'
import { ReadableStream } from '../src/runtime/stream.ts'
import { TextDecoder, TextEncoder } from '../src/runtime/text.ts'
import { framesOf } from '../src/runtime/trace.ts'

const TEXTS = ['', 'plain', 'äöü', '日本語', '😀👩‍👧', 'a\u0000b', '\ufffe\uffff', `${'x'.repeat(70_000)}é`]

describe('text', () => {
  test.each(TEXTS)('encodes and decodes %j as Node does', (text) => {
    const bytes = new TextEncoder().encode(text)
    expect(bytes).toEqual(new globalThis.TextEncoder().encode(text))
    expect(new TextDecoder().decode(bytes)).toBe(text)
  })
  test('encodes half a pair as U+FFFD', () => {
    expect(new TextEncoder().encode('a\ud800b').toHex()).toBe('61efbfbd62')
  })
  // Table 3-8 of the Unicode standard, and what it is made of.
  const BAD = [
    'ff',
    'c0af',
    'e08080',
    'eda080',
    'f4908080',
    'c3',
    '61c3',
    'e282',
    'f09f98',
    '61f1808 0e180c262806380bf64'.replaceAll(' ', ''),
    'c328',
    'e2e282ac',
  ]
  test.each(BAD)('decodes the damaged %s as Node does', (hex) => {
    const bytes = Uint8Array.fromHex(hex)
    expect(new TextDecoder().decode(bytes)).toBe(new globalThis.TextDecoder().decode(bytes))
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow(TypeError)
  })
  test.each([1, 2, 3, 5])('decodes a stream in chunks of %i', (size) => {
    const decoder = new TextDecoder()
    const bytes = new TextEncoder().encode('aé日😀\ufeffz')
    let text = ''
    for (let at = 0; at < bytes.length; at += size)
      text += decoder.decode(bytes.subarray(at, at + size), { stream: true })
    expect(text + decoder.decode()).toBe('aé日😀\ufeffz')
  })
  test('drops a byte order mark at the begin, unless told otherwise', () => {
    const bytes = Uint8Array.fromHex('efbbbf61')
    expect(new TextDecoder().decode(bytes)).toBe('a')
    expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)).toBe('\ufeffa')
  })
  test('decodes Latin-1 as windows-1252 and UTF-16', () => {
    expect(new TextDecoder('latin1').decode(Uint8Array.fromHex('80e9'))).toBe('€é')
    expect(new TextDecoder('utf-16le').decode(Uint8Array.fromHex('6100e900'))).toBe('aé')
    expect(() => new TextDecoder('shift_jis')).toThrow('shift_jis')
  })
  test.each([
    ['utf-16le', '6100e9003dd800de'],
    ['utf-16le', 'fffe6100'],
    ['utf-16le', '610000d86200'],
    ['utf-16le', '610062'],
    ['utf-16be', '006100e9d83dde00'],
    ['utf-16be', 'feff0061'],
    ['utf-16be', '0061dc000062'],
    ['utf-16be', '0061d83d'],
  ])('%s as Node decodes it: %s', (label, hex) => {
    const bytes = Uint8Array.fromHex(hex)
    expect(new TextDecoder(label).decode(bytes)).toBe(new globalThis.TextDecoder(label).decode(bytes))
    const decoder = new TextDecoder(label)
    const streamed = [...bytes].map((byte) => decoder.decode(Uint8Array.of(byte), { stream: true })).join('')
    expect(streamed + decoder.decode()).toBe(new TextDecoder(label).decode(bytes))
  })
  test('a long UTF-16 text, and one that is not well formed', () => {
    const text = '日本'.repeat(20_000)
    expect(new TextDecoder('utf-16le').decode(new Uint8Array(Buffer.from(text, 'utf16le')))).toBe(text)
    expect(() => new TextDecoder('utf-16le', { fatal: true }).decode(Uint8Array.fromHex('00d8'))).toThrow(TypeError)
  })
  test('encodes into a buffer as far as whole characters fit', () => {
    const target = new Uint8Array(4)
    expect(new TextEncoder().encodeInto('aé日', target)).toEqual({ read: 2, written: 3 })
  })
})

describe('headers', () => {
  test('names have no case; values of one name are joined', () => {
    const headers = new Headers({ 'X-One': ' 1 ' })
    headers.append('x-one', '2')
    expect(headers.get('X-ONE')).toBe('1, 2')
    expect([...headers]).toEqual([['x-one', '1, 2']])
    headers.delete('x-ONE')
    expect(headers.has('x-one')).toBe(false)
  })
  test('cookies stay apart', () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect([...headers.keys()]).toEqual(['set-cookie', 'set-cookie'])
  })
  test.each([
    ['a line break in a value', 'x', 'a\r\nevil: 1'],
    ['a character beyond a byte', 'x', '日'],
    ['a space in a name', 'a b', '1'],
    ['an empty name', '', '1'],
  ])('refuses %s', (_name, name, value) => {
    expect(() => new Headers({ [name]: value })).toThrow(TypeError)
  })
})

describe('a stream', () => {
  const collect = async (stream: AsyncIterable<unknown>) => {
    const chunks: unknown[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return chunks
  }
  test('gives what its source gives', async () => {
    expect(await collect(ReadableStream.from(['a', 'b']))).toEqual(['a', 'b'])
  })
  test('is read once', async () => {
    const stream = ReadableStream.from(['a'])
    const reader = stream.getReader()
    expect(() => stream.getReader()).toThrow(TypeError)
    await expect(stream.cancel() as unknown as Promise<void>).rejects.toThrow(TypeError)
    expect(await reader.read()).toEqual({ done: false, value: 'a' })
    expect(await reader.read()).toEqual({ done: true, value: undefined })
    reader.releaseLock()
    expect(stream.locked).toBe(false)
  })
  test('tells its source when nobody wants more', async () => {
    let cancelled: unknown
    const stream = new ReadableStream<string>({
      pull: (controller) => controller.enqueue('x'),
      cancel: (reason) => {
        cancelled = reason ?? 'left'
      },
    })
    for await (const _chunk of stream) break
    expect(cancelled).toBe('left')
  })
  test('hands on the error of its source', async () => {
    const stream = new ReadableStream({
      pull: () => {
        throw new Error('broken')
      },
    })
    await expect(collect(stream)).rejects.toThrow('broken')
  })
  test('forks', async () => {
    const [left, right] = ReadableStream.from([1, 2, 3]).tee()
    expect(await collect(left)).toEqual([1, 2, 3])
    expect(await collect(right)).toEqual([1, 2, 3])
  })
})

describe('blobs and forms', () => {
  test('a blob holds its parts', async () => {
    const blob = new Blob(['a', new Uint8Array([0xc3, 0xa9]), new Blob(['z'])], { type: 'Text/Plain' })
    expect([blob.size, blob.type, await blob.text(), await blob.slice(1, 3).text()]).toEqual([
      4,
      'text/plain',
      'aéz',
      'é',
    ])
  })
  test('a form is written as multipart', () => {
    const form = new FormData()
    form.append('a"b', 'one\ntwo')
    form.set('file', new File(['data'], 'n.txt', { type: 'text/plain' }))
    const { bytes, type } = encodeForm(form)
    const boundary = /boundary=(.+)$/.exec(type)![1]!
    const expected = [
      `--${boundary}`,
      'Content-Disposition: form-data; name="a%22b"',
      '',
      'one\r\ntwo',
      `--${boundary}`,
      'Content-Disposition: form-data; name="file"; filename="n.txt"',
      'Content-Type: text/plain',
      '',
      'data',
      `--${boundary}--`,
      '',
    ]
    expect(new TextDecoder().decode(bytes)).toBe(expected.join('\r\n'))
  })
})

describe('structuredClone', () => {
  test('copies what a piece can hold', () => {
    const value: Record<string, unknown> = {
      date: new Date(5),
      map: new Map([[1, new Set(['a'])]]),
      bytes: new Uint8Array([1, 2]),
      pattern: /a/g,
      list: [1, undefined, 3],
      error: new TypeError('t', { cause: 1 }),
    }
    value.self = value
    const copy = structuredClone(value)
    expect(copy).toEqual(value)
    expect(copy).not.toBe(value)
    expect(copy.self).toBe(copy)
    expect((copy.bytes as Uint8Array).buffer).not.toBe((value.bytes as Uint8Array).buffer)
  })
  test.each([[() => 0], [Symbol('s')]])('refuses %s', (value) => {
    expect(() => structuredClone({ value })).toThrow('cannot be cloned')
  })
})

test('a stack is read through the table of lines', () => {
  globalThis.__apSources = { files: ['', 'src/index.ts', 'node_modules/x/i.js'], lines: ';0.5.1,a.2,a.-7.-1;0.3.2' }
  try {
    const stack =
      '    at run (/piece.js:2:5)\n    at <anonymous> (/piece.js:2:15)\n    at sdk (/piece.js:2:30)\n    at call (native)\n    at /piece.js:3:1'
    expect(framesOf(stack)).toEqual([
      { name: 'run', file: 'src/index.ts', line: 5 },
      { name: '', file: 'src/index.ts', line: 7 },
      { name: '', file: 'node_modules/x/i.js', line: 3 },
    ])
  } finally {
    globalThis.__apSources = undefined
  }
})
