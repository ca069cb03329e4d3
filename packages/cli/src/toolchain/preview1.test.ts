import { readFile } from 'node:fs/promises'
import { binaryOf } from '@ap-wasm/executor/wasm-tools'
import { componentWit } from '@bytecodealliance/jco'
import { beforeAll, describe, expect, test } from 'vitest'
import { componentOf } from './componentize.ts'
import { preview1Adapter } from './preview1.ts'

const OK = 0
const EAGAIN = 6
const EBADF = 8
const EINVAL = 28
const ENOTSOCK = 57
const BASE = 1024 // where the module's cabi_realloc gives memory first
const POLLABLE = 0x40000000
const MS = 1_000_000n

let core: WebAssembly.Module
beforeAll(async () => {
  const text = await readFile(new URL('./preview1.wat', import.meta.url), 'utf8')
  core = new WebAssembly.Module((await binaryOf(text)) as BufferSource)
})

/** The adapter between a module without code and a host that answers as it is told. */
function adapter(world: { environment?: [string, string][]; ready?: (handle: number) => boolean } = {}) {
  const memory = new WebAssembly.Memory({ initial: 20 })
  let free = BASE
  const realloc = (_old: number, _had: number, _align: number, size: number) => {
    const at = (free + 7) & ~7
    free = at + size
    return at
  }
  const logged: [level: number, context: string, message: string][] = []
  const polled: number[][] = []
  const dropped: number[] = []
  const timers: bigint[] = []
  const asked: Record<string, number> = {}
  const view = () => new DataView(memory.buffer)
  const bytes = (at: number, length: number) => new Uint8Array(memory.buffer, at, length)
  const text = (at: number, length: number) => new TextDecoder('utf-8', { fatal: true }).decode(bytes(at, length))
  /** A list as the host would lower it, through the adapter's own allocator. */
  const lower = (content: Uint8Array, at: number, count = content.length) => {
    const to = call('cabi_import_realloc', 0, 0, 8, content.length)
    bytes(to, content.length).set(content)
    view().setUint32(at, to, true)
    view().setUint32(at + 4, count, true)
    return to
  }
  const clock = { monotonic: 0n, wall: { seconds: 1_700_000_000n, nanoseconds: 123_000_000 } }
  const imports = {
    env: { memory },
    __main_module__: { cabi_realloc: realloc },
    'wasi:cli/environment@0.2.12': {
      'get-environment': (at: number) => {
        const texts = (world.environment ?? []).flat().map((one) => Buffer.from(one))
        const table = new Uint8Array(texts.length * 8)
        const tableView = new DataView(table.buffer)
        texts.forEach((one, index) => {
          const to = call('cabi_import_realloc', 0, 0, 1, one.length)
          bytes(to, one.length).set(one)
          tableView.setUint32(index * 8, to, true)
          tableView.setUint32(index * 8 + 4, one.length, true)
        })
        lower(table, at, texts.length / 2)
      },
    },
    'wasi:clocks/wall-clock@0.2.12': {
      now: (at: number) => {
        view().setBigUint64(at, clock.wall.seconds, true)
        view().setUint32(at + 8, clock.wall.nanoseconds, true)
      },
    },
    'wasi:clocks/monotonic-clock@0.2.12': {
      now: () => {
        asked.monotonic = (asked.monotonic ?? 0) + 1
        return clock.monotonic
      },
      'subscribe-duration': (duration: bigint) => 900 + timers.push(duration),
    },
    'wasi:random/random@0.2.12': {
      'get-random-bytes': (length: bigint, at: number) => {
        asked.random = (asked.random ?? 0) + 1
        lower(new Uint8Array(Number(length)).fill(asked.random), at)
      },
    },
    'wasi:io/poll@0.2.12': {
      poll: (at: number, count: number, to: number) => {
        const handles = [...new Uint32Array(memory.buffer, at, count)]
        polled.push(handles)
        const ready = handles.flatMap((handle, index) => (handle > 900 || world.ready?.(handle) ? [index] : []))
        lower(new Uint8Array(Uint32Array.from(ready).buffer), to, ready.length)
      },
      '[method]pollable.ready': (handle: number) => Number(world.ready?.(handle) ?? false),
      '[resource-drop]pollable': (handle: number) => dropped.push(handle),
    },
    'wasi:logging/logging@0.1.0-draft': {
      log: (level: number, ctx: number, ctxLength: number, at: number, length: number) =>
        logged.push([level, text(ctx, ctxLength), text(at, length)]),
    },
  }
  const { exports } = new WebAssembly.Instance(core, imports as unknown as WebAssembly.Imports)
  const call = (name: string, ...args: (number | bigint)[]) =>
    (exports[name] as (...args: unknown[]) => number)(...args)

  /** Memory of the module that the tests write arguments to. */
  const AT = 512 * 1024
  return {
    AT,
    asked,
    bytes,
    call,
    clock,
    dropped,
    logged,
    memory,
    polled,
    text,
    timers,
    view,
    write(fd: number, ...parts: (string | Uint8Array)[]) {
      let to = AT + 4096
      parts.map(Buffer.from as (part: string | Uint8Array) => Buffer).forEach((part, index) => {
        bytes(to, part.length).set(part)
        view().setUint32(AT + index * 8, to, true)
        view().setUint32(AT + index * 8 + 4, part.length, true)
        to += part.length
      })
      const errno = call('fd_write', fd, AT, parts.length, AT + 2048)
      return errno === OK ? view().getUint32(AT + 2048, true) : `errno ${errno}`
    },
    /** Waits for clocks (nanoseconds, or a moment of the clock given) and descriptors; answers with what is told ready. */
    wait(...subs: (bigint | { clock: number; until: bigint } | number)[]) {
      subs.forEach((sub, index) => {
        const at = AT + index * 48
        bytes(at, 48).fill(0)
        view().setBigUint64(at, BigInt(index + 100), true)
        if (typeof sub === 'number') {
          view().setUint8(at + 8, 1)
          view().setUint32(at + 16, sub, true)
          return
        }
        view().setUint32(at + 16, typeof sub === 'bigint' ? 1 : sub.clock, true)
        view().setBigUint64(at + 24, typeof sub === 'bigint' ? sub : sub.until, true)
        if (typeof sub !== 'bigint') view().setUint16(at + 40, 1, true)
      })
      const out = AT + 8192
      const errno = call('poll_oneoff', AT, out, subs.length, AT + 4096)
      if (errno !== OK) return `errno ${errno}`
      return Array.from({ length: view().getUint32(AT + 4096, true) }, (_, index) => ({
        sub: Number(view().getBigUint64(out + index * 32, true)) - 100,
        errno: view().getUint16(out + index * 32 + 8, true),
        kind: view().getUint8(out + index * 32 + 10),
      }))
    },
  }
}

describe('environment', () => {
  test.each<[string, [string, string][], string]>([
    ['empty', [], ''],
    ['one', [['NAME', 'value']], 'NAME=value\0'],
    [
      'empty values, texts beyond ASCII',
      [
        ['A', ''],
        ['B', 'grüße'],
      ],
      'A=\0B=grüße\0',
    ],
    ['larger than the room for it', [['A', 'x'.repeat(100_000)]], `A=${'x'.repeat(100_000)}\0`],
  ])('%s', (_name, environment, block) => {
    const { AT, call, text, view } = adapter({ environment })
    expect(call('environ_sizes_get', AT, AT + 4)).toBe(OK)
    const length = Buffer.byteLength(block)
    expect([view().getUint32(AT, true), view().getUint32(AT + 4, true)]).toEqual([environment.length, length])
    expect(call('environ_get', AT, AT + 256)).toBe(OK)
    expect(text(AT + 256, length)).toBe(block)
    const starts = environment.map((_, index) => view().getUint32(AT + index * 4, true) - AT - 256)
    expect(starts.map((start) => block[start])).toEqual(environment.map(([name]) => name[0]))
  })

  test('there are no arguments', () => {
    const { AT, call, view } = adapter()
    view().setUint32(AT, 7, true)
    expect([call('args_sizes_get', AT, AT + 4), call('args_get', AT, AT)]).toEqual([OK, OK])
    expect([view().getUint32(AT, true), view().getUint32(AT + 4, true)]).toEqual([0, 0])
  })
})

describe('clocks and random', () => {
  test.each([
    ['the wall', 0, OK, 1_700_000_000_123_000_000n],
    ['the monotonic one, which never says 0', 1, OK, 1n],
    ['none of the process', 2, EINVAL, 0n],
  ])('%s', (_name, id, errno, nanoseconds) => {
    const { AT, call, view } = adapter()
    expect(call('clock_time_get', id, 0n, AT)).toBe(errno)
    expect(view().getBigUint64(AT, true)).toBe(nanoseconds)
    expect(call('clock_res_get', id, AT)).toBe(errno)
    if (errno === OK) expect(view().getBigUint64(AT, true)).toBe(MS)
  })

  test('a paused clock asks nothing of the host', () => {
    const { AT, asked, call, clock, view } = adapter()
    const now = () => {
      call('clock_time_get', 1, 0n, AT)
      return view().getBigUint64(AT, true)
    }
    expect(now()).toBe(1n)
    call('adapter_monotonic_clock_set_paused', 1)
    clock.monotonic = 8n
    expect([now(), asked.monotonic]).toEqual([1n, 1])
    call('adapter_monotonic_clock_set_paused', 0)
    expect(now()).toBe(9n)
  })

  test.each([0, 1, 8, 33, 32_768, 100_001])('%i random bytes, and none beside them', (length) => {
    const { AT, asked, bytes, call } = adapter()
    expect(call('random_get', AT, length)).toBe(OK)
    expect(bytes(AT, length).every((byte) => byte !== 0)).toBe(true)
    expect(bytes(AT + length, 8)).toEqual(new Uint8Array(8))
    expect(asked.random ?? 0).toBe(Math.ceil(length / 32_768))
    expect(call('adapter_random_draws')).toBe(1)
  })
})

describe('what is printed', () => {
  const long = 'x'.repeat(4096)
  test.each<[string, (string | Uint8Array)[], string[]]>([
    ['a line', ['hello\n'], ['hello']],
    ['lines in parts', ['hel', 'lo\nwor', 'ld\n'], ['hello', 'world']],
    ['an empty line', ['\n'], ['']],
    ['no end of a line', ['begun'], []],
    ['a line that is too long', [`${long}yz\n`], [long, 'yz']],
    ['a long line cut before a character', [`${long.slice(1)}ü€z\n`], [`${long.slice(1)}ü`, '€z']],
    [
      'bytes past the cut that belong to no character',
      [`${long}`, Uint8Array.of(...Array(9).fill(0x80)), '\n'],
      [`${long}???`, '??????'],
    ],
    ['characters of each length', ['aü€😀\n'], ['aü€😀']],
    ['a lone byte', [Uint8Array.of(0x61, 0xff, 0x62, 0x0a)], ['a?b']],
    ['a long form', [Uint8Array.of(0xc0, 0xaf, 0xe0, 0x80, 0x80, 0x0a)], ['?????']],
    ['half of a surrogate pair', [Uint8Array.of(0xed, 0xa0, 0x80, 0x0a)], ['???']],
    ['past the last character', [Uint8Array.of(0xf4, 0x90, 0x80, 0x80, 0x0a)], ['????']],
    ['a character that ends too early', [Uint8Array.of(0xe2, 0x82, 0x0a)], ['??']],
  ])('%s', (_name, parts, lines) => {
    for (const [fd, level, context] of [
      [1, 2, 'stdout'],
      [2, 3, 'stderr'],
    ] as const) {
      const { logged, write } = adapter()
      expect(write(fd, ...parts)).toBe(parts.reduce((sum, part) => sum + Buffer.from(part as string).length, 0))
      expect(logged).toEqual(lines.map((line) => [level, context, line]))
    }
  })

  test('the two outputs keep their lines apart', () => {
    const { logged, write } = adapter()
    write(1, 'out')
    write(2, 'err\n')
    write(1, '\n')
    expect(logged).toEqual([
      [3, 'stderr', 'err'],
      [2, 'stdout', 'out'],
    ])
  })

  test.each([0, 3, POLLABLE, -1])('descriptor %i takes nothing', (fd) => {
    expect(adapter().write(fd, 'x')).toBe(`errno ${EBADF}`)
    expect(adapter().call('fd_sync', fd)).toBe(EBADF)
  })

  test('fd_sync ends a line that was begun', () => {
    const { call, logged, write } = adapter()
    write(1, 'begun')
    expect([call('fd_sync', 1), call('fd_sync', 1), call('fd_datasync', 2)]).toEqual([OK, OK, OK])
    expect(logged).toEqual([[2, 'stdout', 'begun']])
  })

  test.each([0, 2, 137, 4_294_967_295])('exit status %i ends what was begun, says so and traps', (status) => {
    const { call, logged, write } = adapter()
    write(1, 'half')
    expect(() => call('proc_exit', status)).toThrow(WebAssembly.RuntimeError)
    expect(logged).toEqual([
      [2, 'stdout', 'half'],
      [3, 'stderr', `exit status ${status}`],
    ])
  })
})

describe('descriptors', () => {
  test('standard input is at its end', () => {
    const { AT, call, view } = adapter()
    view().setUint32(AT, 7, true)
    expect([call('fd_read', 0, AT, 0, AT), view().getUint32(AT, true)]).toEqual([OK, 0])
  })

  test.each([
    ['ready', true, OK],
    ['not ready', false, EAGAIN],
  ])('a pollable that is %s', (_name, ready, errno) => {
    const { AT, call, dropped } = adapter({ ready: (handle) => ready && handle === 12 })
    expect(call('fd_read', POLLABLE + 12, AT, 0, AT)).toBe(errno)
    expect([call('fd_close', POLLABLE + 12), dropped]).toEqual([OK, []])
  })

  test.each([
    [0, OK, 2, 0],
    [1, OK, 2, 0],
    [2, OK, 2, 0],
    [3, EBADF, 0, 0],
    [POLLABLE, OK, 6, 4],
    [-1, EBADF, 0, 0],
  ])('descriptor %i', (fd, errno, kind, flags) => {
    const { AT, call, view } = adapter()
    expect(call('fd_fdstat_get', fd, AT)).toBe(errno)
    expect([view().getUint8(AT), view().getUint16(AT + 2, true)]).toEqual([kind, flags])
  })

  test('there is no file, no folder, no socket', () => {
    const { AT, call } = adapter()
    expect(call('fd_prestat_get', 3, AT)).toBe(EBADF)
    expect(call('path_open', 3, 0, AT, 1, 0, 0n, 0n, 0, AT)).toBe(EBADF)
    expect(call('fd_seek', 1, 0n, 0, AT)).toBe(EBADF)
    expect(call('sock_accept', 3, 0, AT)).toBe(EBADF)
    expect(call('fd_close', 1)).toBe(EBADF)
    expect([call('sock_shutdown', 1, 0), call('sock_shutdown', 3, 0)]).toEqual([ENOTSOCK, EBADF])
  })
})

describe('waiting', () => {
  const clock = (sub: number) => ({ sub, errno: 0, kind: 0 })
  const fd = (sub: number) => ({ sub, errno: 0, kind: 1 })

  test('for a clock', () => {
    const { dropped, polled, timers, wait } = adapter()
    expect(wait(7n * MS)).toEqual([clock(0)])
    expect([timers, polled, dropped]).toEqual([[7n * MS], [[901]], [901]])
  })

  test('for a clock and pollables at once, in one poll', () => {
    const { dropped, polled, wait } = adapter({ ready: (handle) => handle === 8 })
    expect(wait(POLLABLE + 7, MS, POLLABLE + 8)).toEqual([clock(1), fd(2)])
    expect([polled, dropped]).toEqual([[[7, 901, 8]], [901]])
  })

  test('a timeout of nothing only looks', () => {
    const { polled, wait } = adapter({ ready: (handle) => handle === 8 })
    expect(wait(0n, POLLABLE + 7, POLLABLE + 8, MS)).toEqual([clock(0), fd(2)])
    expect(polled).toEqual([])
  })

  test('for standard streams only looks: they never block', () => {
    const { polled, wait } = adapter({ ready: () => false })
    expect(wait(0, POLLABLE + 7, 1, 2, MS)).toEqual([fd(0), fd(2), fd(3)])
    expect(polled).toEqual([])
  })

  test.each([
    ['a moment of the monotonic clock', { clock: 1, until: 1n + 3n * MS }, [3n * MS]],
    ['a moment of the wall clock', { clock: 0, until: 1_700_000_000_123_000_000n + MS }, [MS]],
    ['a moment that has passed', { clock: 0, until: 1n }, []],
  ])('until %s', (_name, sub, timers) => {
    const made = adapter()
    expect(made.wait(sub)).toEqual([clock(0)])
    expect(made.timers).toEqual(timers)
  })

  test('for more than the room for it holds', () => {
    const { polled, wait } = adapter()
    for (let round = 0; round < 400; round++) wait(...Array.from({ length: 80 }, (_, index) => POLLABLE + index), MS)
    expect(polled.at(-1)).toHaveLength(81)
  })

  test.each<[string, (bigint | number | { clock: number; until: bigint })[], number]>([
    ['nothing', [], EINVAL],
    ['a file', [MS, 3], EBADF],
    ['a file beside standard output', [1, 3], EBADF],
    ['a clock that there is not', [{ clock: 2, until: 5n }], EINVAL],
  ])('for %s is refused', (_name, subs, errno) => {
    const { polled, wait } = adapter()
    expect(wait(...subs)).toBe(`errno ${errno}`)
    expect(polled).toEqual([])
  })
})

describe('in a component', () => {
  const HANDLER = 'ap:piece/handler@0.1.0'
  const answers = { describe: 0, init: 2, action: 4, trigger: 5, resolve: 4 }
  const module = (uses: readonly string[]) => `(module
    ${uses.map((use) => `(import "wasi_snapshot_preview1" ${use})`).join('\n')}
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
    ${Object.entries(answers)
      .map(([name, n]) => `(func (export "${HANDLER}#${name}") ${'(param i32)'.repeat(n)} (result i32) i32.const 0)`)
      .join('\n')})`

  test.each<[string, string[], string[]]>([
    ['nothing', [], []],
    ['what needs nothing', ['"sched_yield" (func (result i32))', '"fd_close" (func (param i32) (result i32))'], []],
    ['printing', ['"fd_write" (func (param i32 i32 i32 i32) (result i32))'], ['wasi:logging/logging']],
    ['exit', ['"proc_exit" (func (param i32))'], ['wasi:logging/logging']],
    ['random', ['"random_get" (func (param i32 i32) (result i32))'], ['wasi:random/random']],
    ['environment', ['"environ_get" (func (param i32 i32) (result i32))'], ['wasi:cli/environment']],
    [
      'time',
      ['"clock_time_get" (func (param i32 i64 i32) (result i32))'],
      ['wasi:clocks/monotonic-clock', 'wasi:clocks/wall-clock'],
    ],
    [
      'waiting',
      ['"poll_oneoff" (func (param i32 i32 i32 i32) (result i32))'],
      ['wasi:clocks/monotonic-clock', 'wasi:clocks/wall-clock', 'wasi:io/poll'],
    ],
  ])('that uses %s', async (_name, uses, imports) => {
    const component = await componentOf(await binaryOf(module(uses)), {
      adapter: await preview1Adapter(),
      remedy: 'none',
    })
    const found = [...(await componentWit(component)).matchAll(/^ {2}import (wasi:[^@]+)@/gm)].map(([, name]) => name)
    expect(found.sort()).toEqual(imports)
  })
})
