/** A flood of log lines is cut with a note; control characters never reach a terminal. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { artifact, type Running, startServer } from '../api/server.ts'
import type { Fixture } from '../fixture.ts'

const IMPORT = '(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))'
const STDERR = `(import "wasi:cli/stderr@0.2.12" "get-stderr" (func $stderr (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))`
const hex = (text: string) => [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
const line = (length: number, at = 40_000) =>
  `(call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const ${at}) (i32.const ${length}))`
const times = (count: number, body: string) => `(local $turns i32)
  (loop $more ${body}
    (br_if $more (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const ${count}))))`

const HUNDRED = `(data (i32.const 40000) "${'x'.repeat(100)}")`
/** Letters from 500000 on. */
const XS = '(memory.fill (i32.const 500000) (i32.const 120) (i32.const 5000000))'

const LOG_BYTES = 64 * 1024
let server: Running
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server?.close())

let pieces = 0
async function logsOf(fixture: Fixture): Promise<{ status: number; lines: string[]; body: unknown }> {
  const name = `logs-${++pieces}`
  const deployed = await server.deploy(await artifact({ name }, fixture))
  expect(deployed.status).toBe(201)
  const { status, body } = await server.ask('POST', `/v1/pieces/${name}/latest/actions/echo`, {})
  const row = (await server.ask('GET', `/v1/calls/${body.callId}`)).body
  return { status, body, lines: row.logs.map(({ message }: { message: string }) => message) }
}

const FLOODS: Record<string, { hostile: Fixture; permitted: Fixture; cut: RegExp }> = {
  'lines without end': {
    hostile: { imports: IMPORT, definitions: HUNDRED, action: times(100_000, line(100)) },
    permitted: { imports: IMPORT, definitions: HUNDRED, action: times(10, line(100)) },
    cut: /logBytes is 65536/,
  },
  'empty lines without end': {
    hostile: { imports: IMPORT, action: times(100_000, line(0)) },
    permitted: { imports: IMPORT, action: times(10, line(0)) },
    cut: /logBytes is 65536/,
  },
  'one line of megabytes': {
    hostile: { imports: IMPORT, memory: '100', action: `${XS} ${line(5_000_000, 500_000)}` },
    permitted: { imports: IMPORT, memory: '100', action: `${XS} ${line(4_000, 500_000)}` },
    cut: /logLineBytes is 4096/,
  },
  'stderr without a line break': {
    hostile: {
      also: ['wasi:cli/stderr@0.2.12'],
      imports: STDERR,
      action: times(
        10_000,
        '(call $write (call $stderr) (i32.const 40000) (i32.const 4096) (i32.const 60000))',
      ).replace('(call $stderr)', '(global.get $err)'),
      definitions: '(global $err (mut i32) (i32.const 0))',
      init: '(global.set $err (call $stderr))',
    },
    permitted: {
      also: ['wasi:cli/stderr@0.2.12'],
      imports: STDERR,
      definitions: '(data (i32.const 40000) "fine\\0a")',
      action: '(call $write (call $stderr) (i32.const 40000) (i32.const 5) (i32.const 60000))',
    },
    cut: /cut: log(Line)?Bytes is/,
  },
}

test.each(Object.entries(FLOODS))('%s', async (_, { hostile, permitted, cut }) => {
  const flood = await logsOf(hostile)
  expect(flood.status).toBe(200)
  expect(flood.lines.join('').length).toBeLessThan(LOG_BYTES + 1_000)
  expect(flood.lines.at(-1)).toMatch(cut)
  const fine = await logsOf(permitted)
  expect(fine.lines.join('\n')).not.toMatch(cut)
  expect(fine.lines.length).toBeGreaterThan(0)
})

/** What drives a terminal, or hides what is said. */
const CONTROLS: [name: string, text: string][] = [
  ['clearing the screen', '\x1b[2J\x1b[H'],
  ['a title of its own', '\x1b]0;owned\x07'],
  ['a link to elsewhere', '\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\'],
  ['a return over what was there', 'failed\rok'],
  ['steps back', 'secret\b\b\b\b\b\b'],
  ['C1 controls', '\u009b2J'],
  ['NUL', 'a\0b'],
  ['text that runs the other way', '\u202eevil\u202c'],
]
const DRIVES = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

test.each(CONTROLS)('%s is shown, not done', async (_, text) => {
  const bytes = Buffer.byteLength(text)
  const { lines } = await logsOf({
    imports: IMPORT,
    definitions: `(data (i32.const 40000) "${hex(text)}")`,
    action: line(bytes),
  })
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toMatch(DRIVES)
})

test('text of other languages is left as it is', async () => {
  const text = 'Grüße, 世界 🙂\tمرحبا'
  const { lines } = await logsOf({
    imports: IMPORT,
    definitions: `(data (i32.const 40000) "${hex(text)}")`,
    action: line(Buffer.byteLength(text)),
  })
  expect(lines).toEqual([text])
})
