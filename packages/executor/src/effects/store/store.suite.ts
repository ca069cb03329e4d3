/** @module effects/store/store.suite: what every driver does; a driver's test is the call of this. */
import { describe, expect, test } from 'vitest'
import type { Place, Store } from './index.ts'

const place: Place = { tenant: 'acme', piece: '@acme/github', scope: 'flow', owner: 'flow-1' }
/** Each differs from `place` in one part; the last two would be equal to others if parts were joined with a sign. */
const elsewhere: Place[] = [
  { ...place, tenant: 'umbrella' },
  { ...place, piece: '@acme/gitlab' },
  { ...place, scope: 'project' },
  { ...place, owner: 'flow-2' },
  { ...place, piece: '@acme/github/flow', owner: '1' },
  { ...place, tenant: 'acme"', owner: '' },
]
const value = (text: string) => Uint8Array.from(Buffer.from(text))

export function storeSuite(create: (bytesPerPiece: number) => Store): void {
  const open = () => create(1e9)

  describe('a store', () => {
    test('keeps a value, replaces it, forgets it', async () => {
      const store = open()
      expect(await store.get(place, 'a')).toBeUndefined()
      await store.put(place, 'a', value('one'))
      expect(await store.get(place, 'a')).toEqual(value('one'))
      await store.put(place, 'a', value('two'))
      expect(await store.get(place, 'a')).toEqual(value('two'))
      await store.delete(place, 'a')
      expect(await store.get(place, 'a')).toBeUndefined()
      await store.delete(place, 'a')
    })

    test.each([
      ['nothing', ''],
      ['all bytes', String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte))],
      ['a mebibyte', 'x'.repeat(1 << 20)],
    ])('a value of %s', async (_, content) => {
      const store = open()
      await store.put(place, 'a', value(content))
      expect(Buffer.from((await store.get(place, 'a'))!).equals(Buffer.from(content))).toBe(true)
    })

    test('a value that was handed out is a copy', async () => {
      const store = open()
      const given = value('one')
      await store.put(place, 'a', given)
      given.fill(0)
      ;(await store.get(place, 'a'))!.fill(0)
      expect(await store.get(place, 'a')).toEqual(value('one'))
    })

    test.each(['a', 'ä', '🎉', "a'b", 'a\0b', '%', '_', 'a/b', '__proto__', 'x'.repeat(255)])(
      'the key %j',
      async (key) => {
        const store = open()
        await store.put(place, key, value(key))
        expect(await store.get(place, key)).toEqual(value(key))
        expect(await store.keys(place, '', undefined, 10)).toEqual([key])
      },
    )

    test('a place sees nothing of another', async () => {
      const store = open()
      await store.put(place, 'a', value('here'))
      for (const other of elsewhere) {
        expect(await store.get(other, 'a')).toBeUndefined()
        expect(await store.keys(other, '', undefined, 10)).toEqual([])
        await store.put(other, 'a', value('there'))
        await store.delete(other, 'a')
      }
      expect(await store.get(place, 'a')).toEqual(value('here'))
    })

    test('a piece has so much room, whatever its places', async () => {
      const store = create(20)
      const there = { ...place, owner: 'flow-2' }
      expect(await store.put(place, 'a', value('123456789'))).toBe(true)
      expect(await store.put(there, 'b', value('1234567890'))).toBe(false)
      expect(await store.get(there, 'b')).toBeUndefined()
      expect(await store.put(there, 'b', value('123456789'))).toBe(true)
      expect(await store.put(there, 'b', value('1234567890'))).toBe(false)
      expect(await store.get(there, 'b')).toEqual(value('123456789'))
      expect(await store.put(there, 'b', value('987654321'))).toBe(true)
      expect(await store.put({ ...place, tenant: 'umbrella' }, 'a', value('123456789'))).toBe(true)
      expect(await store.put({ ...place, piece: 'other' }, 'a', value('123456789'))).toBe(true)
      await store.delete(place, 'a')
      await store.delete(place, 'a')
      expect(await store.put(there, 'c', value('123456789'))).toBe(true)
      expect(await store.put(there, 'd', value(''))).toBe(false)
    })

    const keys = ['a', 'a/', 'a/b', 'a/c', 'a0', 'b', 'é', '￿', '🎉']
    const pages: [prefix: string, after: string | undefined, limit: number, expected: string[]][] = [
      ['', undefined, 100, ['a', 'a/', 'a/b', 'a/c', 'a0', 'b', 'é', '￿', '🎉']],
      ['', undefined, 3, ['a', 'a/', 'a/b']],
      ['', 'a/', 3, ['a/b', 'a/c', 'a0']],
      ['', '🎉', 3, []],
      ['a/', undefined, 100, ['a/', 'a/b', 'a/c']],
      ['a/', 'a/b', 100, ['a/c']],
      ['a/', 'a', 100, ['a/', 'a/b', 'a/c']],
      ['a/', 'b', 100, []],
      ['A', undefined, 100, []],
      ['%', undefined, 100, []],
      ['é', undefined, 100, ['é']],
      ['￿', undefined, 100, ['￿']],
    ]
    test.each(pages)('keys of %j after %j, at most %i', async (prefix, after, limit, expected) => {
      const store = open()
      for (const key of keys.toReversed()) await store.put(place, key, value('x'))
      expect(await store.keys(place, prefix, after, limit)).toEqual(expected)
    })
  })
}
