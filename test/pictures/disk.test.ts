import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Pictures } from '../../packages/executor/src/engine/pictures.ts'
import { encodePicture } from '../../packages/executor/src/linker/picture-bytes.ts'
import { job, product, text } from '../cells/pieces.ts'
import { pool } from '../cells/pool.ts'
import type { Fixture } from '../fixture.ts'
import { innerCell } from './cell.ts'
import { differenceOf, type State, stateOf } from './state.ts'

const WORK = `(local $n i32) (local.set $n (i32.const 400000))
  (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`
/** Its start works, grows memory, sleeps, and leaves a byte far behind its data; a call answers with that and its own count. */
const DEAR: Fixture = {
  memory: '2',
  definitions: `(func $start ${WORK} (drop (memory.grow (i32.const 30)))
    (i32.store (i32.const 2000000) (i32.const 0x6c6c6568)) (global.set $started (i32.const 1)))
    (start $start) (global $started (mut i32) (i32.const 0))`,
  action: `(i32.store (i32.const 41000) (i32.load (i32.const 2000000)))
    (i32.store (i32.const 41004) (global.get $started)) (return (call $ok (i32.const 41000) (i32.const 5)))`,
}
const CHEAP: Fixture = {
  ...DEAR,
  definitions: DEAR.definitions!.replace('400000', '4000').replace('const 30', 'const 2').replace('2000000', '250000'),
  action: DEAR.action!.replace('2000000', '250000'),
}
const READS_ENVIRONMENT: Fixture = {
  ...DEAR,
  also: ['wasi:cli/environment@0.2.12'],
  imports: '(import "wasi:cli/environment@0.2.12" "get-environment" (func $environment (param i32)))',
  definitions: `${DEAR.definitions!.replace('(local.set', '(call $environment (i32.const 70000)) (local.set')}`,
}
const FIXED = { clockStart: 0, seed: 'ee'.repeat(32) }

async function pictureOf(fixture: Fixture, env = {}): Promise<Uint8Array | undefined> {
  const cell = innerCell()
  await cell.call(await product(fixture), { env })
  const [picture] = cell.pictures
  return picture && zstdCompressSync(encodePicture(picture))
}

/** Whether a call's instance was filled: a start takes more than a look at the clock. */
async function called(fixture: Fixture, picture: Uint8Array | undefined, env = {}) {
  const cell = innerCell({ picture })
  const states: State[] = []
  const ask = { env, fixed: FIXED, atEnd: (instance: Parameters<typeof stateOf>[0]) => states.push(stateOf(instance)) }
  const first = await cell.call(await product(fixture), ask)
  const again = await cell.call(await product(fixture), ask)
  const alone = await innerCell().call(await product(fixture), { ...ask, fresh: true })
  for (const one of [first, again]) {
    expect(one.output).toBe(alone.output)
    expect(one.done.usage).toMatchObject({
      fuel: alone.done.usage.fuel,
      memoryPeakBytes: alone.done.usage.memoryPeakBytes,
    })
  }
  expect(differenceOf(states[0]!, states[2]!)).toEqual([])
  expect(differenceOf(states[1]!, states[2]!)).toEqual([])
  expect(cell.unequal).toEqual([])
  return { filled: first.instance.startFuel === 0, pictures: cell.pictures.length }
}

test('an instance is filled from a picture of another process, and is the same as one that started', async () => {
  const picture = await pictureOf(DEAR)
  expect(await called(DEAR, picture)).toEqual({ filled: true, pictures: 0 })
})

test('without one the language starts, and what that leaves is offered', async () => {
  expect(await called(DEAR, undefined)).toEqual({ filled: false, pictures: 1 })
})

test('a start that is as quick as filling is made, and no picture of it is offered', async () => {
  expect(await called(CHEAP, undefined)).toEqual({ filled: false, pictures: 0 })
})

test.each([
  ['nothing', new Uint8Array(0)],
  ['noise', new Uint8Array(1000).fill(3)],
  ['something else in zstd', zstdCompressSync('no picture')],
])('where a picture is %s the language starts, and a new one is offered', async (_name, picture) => {
  expect(await called(DEAR, picture)).toEqual({ filled: false, pictures: 1 })
})

test('where it has other globals than the program the language starts, and a new one is offered', async () => {
  const more = await pictureOf({ ...DEAR, definitions: `${DEAR.definitions} (global $more (mut i32) (i32.const 0))` })
  expect(await called(DEAR, more)).toEqual({ filled: false, pictures: 1 })
})

test('a picture with an environment in it never leaves its cell; one of an empty environment is for calls without', async () => {
  expect(await pictureOf(READS_ENVIRONMENT, { SECRET: 'x' })).toBeUndefined()
  const picture = await pictureOf(READS_ENVIRONMENT)
  expect(picture).toBeDefined()
  expect(await called(READS_ENVIRONMENT, picture)).toEqual({ filled: true, pictures: 0 })
  expect(await called(READS_ENVIRONMENT, picture, { A: '1' })).toEqual({ filled: false, pictures: 0 })
})

test('a call whose startFuel forbids the start hears so, though a picture is there', async () => {
  const cell = innerCell({ picture: await pictureOf(DEAR) })
  const { done } = await cell.call(await product(DEAR), { limits: { startFuel: 100_000 } })
  expect(done).toMatchObject({ kind: 'error', code: 'AP_START_EXCEEDED' })
  expect((await cell.call(await product(DEAR))).done.kind).toBe('output')
  const kept = await cell.call(await product(DEAR), { limits: { startFuel: 100_000 } })
  expect(kept.done).toMatchObject({ kind: 'error', code: 'AP_START_EXCEEDED' })
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ap-wasm-pictures-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function answered(more: Parameters<typeof pool>[0], stays = true): Promise<string> {
  const cells = await pool(more)
  const answer = await cells.run(job({ ...(await product(DEAR)), stays }))
  await cells.close()
  return answer.kind === 'output' ? text(answer.bytes) : answer.kind
}

test('cells leave pictures for those who come after, once; a program that does not stay leaves none', async () => {
  const pictures = new Pictures(folder, async () => {})
  const put: string[] = []
  const watched = {
    get: (group: string, digest: string) => pictures.get(group, digest),
    put(group: string, digest: string, bytes: Uint8Array) {
      put.push(group)
      pictures.put(group, digest, bytes)
    },
  }
  expect(await answered({ pictures: watched }, false)).toBe('hell\x01')
  expect(put).toEqual([])
  expect(await answered({ pictures: watched })).toBe('hell\x01')
  expect(await answered({ pictures: watched })).toBe('hell\x01')
  expect(await answered({ pictures: watched, isolation: 'tenant' })).toBe('hell\x01')
  expect(put).toEqual(['everybody', 'tenant default'])
  await pictures.close()
  expect(await readdir(folder)).toHaveLength(2)
})
