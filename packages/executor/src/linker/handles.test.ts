import { expect, test } from 'vitest'
import { Handles, MAX_HANDLES, OpenHandles } from './handles.ts'
import type { Resource } from './types.ts'

const FILE: Resource = { kind: 'resource', name: 'file', interface: 'test:x/y' }
const PIPE: Resource = { kind: 'resource', name: 'pipe', interface: 'test:x/y' }

function thing() {
  const drops: string[] = []
  return { drops, [Symbol.dispose]: () => void drops.push('dropped') }
}

test('a handle is what was put in, until it is given away', () => {
  const handles = new Handles()
  const object = thing()
  const handle = handles.add(FILE, object)
  expect(handle).toBe(1)
  expect(handles.borrow(handle, FILE)).toBe(object)
  handles.unlend()
  expect(handles.take(handle, FILE)).toBe(object)
  expect(object.drops).toEqual([])
  expect(handles.open).toBe(0)
})

const REFUSED: [what: string, act: (handles: Handles, own: number, borrowed: number) => void, message: RegExp][] = [
  ['zero', (h) => h.borrow(0, FILE), /unknown handle 0 for a file/],
  ['one never given', (h) => h.borrow(99, FILE), /unknown handle 99/],
  ['one of another type', (h, own) => h.borrow(own, PIPE), /handle 1 is a file where a pipe is due/],
  ['one of another type, given away', (h, own) => h.take(own, PIPE), /handle 1 is a file where a pipe is due/],
  ['one of another type, dropped', (h, own) => h.drop(own, PIPE), /handle 1 is a file where a pipe is due/],
  [
    'one dropped twice',
    (h, own) => {
      h.drop(own, FILE)
      h.drop(own, FILE)
    },
    /unknown handle 1/,
  ],
  ['a borrowed one, given away', (h, _, borrowed) => h.take(borrowed, FILE), /cannot be given away/],
  [
    'one that is lent, given away',
    (h, own) => {
      h.borrow(own, FILE)
      h.take(own, FILE)
    },
    /given away while it is borrowed/,
  ],
  [
    'one that is lent, dropped',
    (h, own) => {
      h.borrow(own, FILE)
      h.drop(own, FILE)
    },
    /dropped while it is borrowed/,
  ],
]
test.each(REFUSED)('%s traps', (_, act, message) => {
  const handles = new Handles()
  const own = handles.add(FILE, thing())
  const borrowed = handles.add(FILE, thing(), false)
  expect(() => act(handles, own, borrowed)).toThrow(message)
})

test('a drop disposes what is owned, and only that', () => {
  const handles = new Handles()
  const [own, borrowed] = [thing(), thing()]
  handles.drop(handles.add(FILE, own), FILE)
  const handle = handles.add(FILE, borrowed, false)
  expect(handles.borrowed).toBe(1)
  handles.drop(handle, FILE)
  expect(handles.borrowed).toBe(0)
  expect([own.drops.length, borrowed.drops.length]).toEqual([1, 0])
})

test('numbers are used again', () => {
  const handles = new Handles()
  const first = handles.add(FILE, thing())
  handles.add(FILE, thing())
  handles.drop(first, FILE)
  expect(handles.add(PIPE, thing())).toBe(first)
})

test('there are 10,000 at most', () => {
  const handles = new Handles()
  for (let i = 0; i < MAX_HANDLES; i++) handles.add(FILE, {})
  expect(() => handles.add(FILE, {})).toThrow(
    expect.objectContaining({ code: 'AP_HANDLES_EXCEEDED', fields: { handles: 10_001, limit: 10_000 } }),
  )
  handles.drop(5, FILE)
  expect(handles.add(FILE, {})).toBe(5)
})

test('there are 10,000 at most in all tables of an instance together', () => {
  const all = new OpenHandles()
  const [one, other] = [new Handles(all), new Handles(all)]
  for (let i = 0; i < MAX_HANDLES / 2; i++) one.add(FILE, {})
  for (let i = 0; i < MAX_HANDLES / 2; i++) other.add(FILE, {})
  expect(() => other.add(FILE, {})).toThrow(expect.objectContaining({ code: 'AP_HANDLES_EXCEEDED' }))
  one.take(5, FILE)
  other.add(FILE, {})
  one.close()
  expect(all.count).toBe(other.open)
})

test('closing drops what is open, even when one of them fails', () => {
  const handles = new Handles()
  const [a, b] = [thing(), thing()]
  handles.add(FILE, a)
  handles.add(FILE, {
    [Symbol.dispose]: () => {
      throw new Error('stuck')
    },
  })
  handles.add(FILE, b)
  expect(() => handles.close()).toThrow('dropping handles failed')
  expect([a.drops.length, b.drops.length, handles.open]).toEqual([1, 1, 0])
})

test('what the host hands over must be an object', () => {
  expect(() => new Handles().add(FILE, undefined)).toThrow('the host answered with undefined where a file is due')
})
