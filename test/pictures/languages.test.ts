/**
 * Each SDK's conformance piece, found by folder: a call in an instance that others used is, byte for byte, the call in one of
 * its own; nothing of a call stays behind; what must differ between calls differs.
 */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ProgramProduct } from '../../packages/executor/src/engine.ts'
import { built, conformanceLanguages } from '../built.ts'
import { prepared } from '../cells/pieces.ts'
import { lacking } from '../toolchains.ts'
import { action, CALLS, ORIGIN, outside, SECRET } from './calls.ts'
import { innerCell } from './cell.ts'
import { compare } from './equal.ts'
import { gc } from './gc.ts'
import { holds } from './state.ts'

for (const language of await conformanceLanguages()) {
  const lack = await lacking(language)
  describe(language, () => {
    if (lack !== undefined) return test.skip(lack)

    let made: Promise<ProgramProduct> | undefined
    const program = () => (made ??= built(`test/conformance/pieces/${language}`, language).then(prepared))

    test('a call in an instance that others used is the same, byte for byte', { timeout: 240_000 }, async () => {
      const { problems, compared } = await compare(await program(), CALLS)
      expect(problems).toEqual([])
      expect(compared).toBeGreaterThan(Object.keys(CALLS).length / 2)
    })

    test('nothing of a call is in the memories of its instance afterwards', async () => {
      const cell = innerCell()
      await cell.call(await program(), CALLS['an echo'])
      const [input, token, body, config] = Array.from({ length: 4 }, () => randomBytes(24).toString('hex'))
      const seen: string[] = []
      const { instance, done } = await cell.call(await program(), {
        ...action(
          'http',
          { url: `${ORIGIN}/${input}`, method: 'GET', redirect: 'follow', check: true, headers: { 'x-a': token } },
          { auth: { ...SECRET, secret_text: token } },
        ),
        answers: outside(body!),
        config: JSON.stringify({ piece: { name: config, version: '0.1.0' } }),
        atEnd: (instance) => seen.push(...[input!, token!, body!].filter((one) => holds(instance, one))),
      })
      expect(done.kind).toBe('output')
      // The search finds what is there.
      expect(seen).toContain(body)
      expect(cell.instances.count).toBe(1)
      for (const one of [input!, token!, body!, config!]) expect(holds(instance, one)).toBe(false)
    })

    test('random numbers are others in each call, and in each instance', async () => {
      const [one, other] = [innerCell(), innerCell()]
      const drawn: unknown[] = []
      for (const cell of [one, one, one, other, other])
        drawn.push(...Object.values(JSON.parse((await cell.call(await program(), CALLS['random numbers'])).output)))
      expect(new Set(drawn).size).toBe(10)
    })

    // The others' definitions are made when the piece is built.
    test.runIf(['go', 'rust'].includes(language))('what it defines is made in the start, not in a call', async () => {
      const cell = innerCell()
      const { instance, done } = await cell.call(await program(), CALLS['an echo'])
      expect(instance.startFuel).toBeGreaterThan(done.usage.fuel)
    })

    test('the heap stays flat over calls that end in every way', { timeout: 240_000 }, async () => {
      const cell = innerCell()
      const turn = async () => {
        for (const ask of Object.values(CALLS)) await cell.call(await program(), ask)
      }
      const heap = () => {
        gc()
        return process.memoryUsage().heapUsed
      }
      for (let i = 0; i < 5; i++) await turn()
      const before = heap()
      for (let i = 0; i < 20; i++) await turn()
      expect((heap() - before) / (20 * Object.keys(CALLS).length)).toBeLessThan(4_096)
      expect(cell.unequal).toEqual([])
    })
  })
}
