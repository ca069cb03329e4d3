import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKeys } from './desk/keys.ts'
import { PieceError } from './errors.ts'
import { remembered } from './state/remembered.ts'
import { State, storageError } from './state.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ap-wasm-state-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const put = (state: State, name: string, value: string) =>
  state.commit(() => state.run('INSERT INTO facts VALUES (?, ?)', name, value))
const names = (state: State) => state.all('SELECT name FROM facts ORDER BY name').map((row) => row.name)

test('one executor owns a folder; another may read and write beside it in short transactions', async () => {
  const owner = State.own(folder)
  expect(() => State.own(folder)).toThrow(expect.objectContaining({ code: 'AP_DATA_LOCKED' }))
  const beside = State.beside(folder)
  await put(beside, 'b', '1')
  await put(owner, 'a', '1')
  expect(names(owner)).toEqual(['a', 'b'])
  beside.close()
  owner.close()
  State.own(folder).close()
})

test('writers of one turn share a transaction; one that throws takes only its own back', async () => {
  const state = State.own(folder)
  const results = await Promise.allSettled([
    put(state, 'a', '1'),
    state.commit(() => {
      state.run("INSERT INTO facts VALUES ('half', '1')")
      throw new Error('no')
    }),
    put(state, 'a', 'again'),
    put(state, 'b', '1'),
  ])
  expect(results.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(names(state)).toEqual(['a', 'b'])
  state.close()
})

test('where a writer throws the others run once more, and are told what they did then', async () => {
  const state = State.own(folder)
  let runs = 0
  const results = await Promise.allSettled([
    state.commit(() => ++runs),
    state.commit(() => {
      throw new Error('no')
    }),
    put(state, 'a', '1'),
  ])
  expect(results).toMatchObject([{ value: 2 }, { reason: { message: 'no' } }, { value: 1 }])
  expect(names(state)).toEqual(['a'])
  state.close()
})

test('what is remembered is read again once anybody wrote, but not for the course of calls', async () => {
  const owner = State.own(folder)
  const beside = State.beside(folder)
  const known = remembered<unknown[]>(owner, 10)
  const read = () => known('names', () => names(owner))
  const turn = () => new Promise(setImmediate)
  expect(read()).toEqual([])
  await put(owner, 'a', '1')
  expect(read()).toEqual(['a'])
  await turn()
  await put(beside, 'b', '1')
  expect(read()).toEqual(['a', 'b'])
  await owner.commit(() => owner.run("INSERT INTO facts VALUES ('c', '1')"), { durable: false, ofCalls: true })
  await turn()
  expect(read()).toEqual(['a', 'b'])
  // Whoever writes in the same turn as calls do is not overlooked.
  await Promise.all([owner.commit(() => 1, { durable: false, ofCalls: true }), put(owner, 'd', '1')])
  expect(read()).toEqual(['a', 'b', 'c', 'd'])
  beside.close()
  owner.close()
})

test('a turn that has read ends its read: the next one sees what another process committed, and can write', async () => {
  const owner = State.own(folder)
  const beside = State.beside(folder)
  expect(names(owner)).toEqual([])
  await put(beside, 'b', '1')
  await new Promise(setImmediate)
  expect(names(owner)).toEqual(['b'])
  await put(owner, 'a', '1')
  expect(names(owner)).toEqual(['a', 'b'])
  beside.close()
  owner.close()
})

test('what was committed is there after it is opened again; what waits at a close is committed', async () => {
  const first = State.own(folder)
  await put(first, 'a', '1')
  const waiting = put(first, 'b', '1')
  first.close()
  await waiting
  const second = State.own(folder)
  expect(names(second)).toEqual(['a', 'b'])
  second.close()
})

test('a folder of a later release is refused', () => {
  State.own(folder).close()
  const db = new DatabaseSync(join(folder, 'state.sqlite'))
  db.exec('PRAGMA user_version = 9999')
  db.close()
  expect(() => State.own(folder)).toThrow(expect.objectContaining({ code: 'AP_SETTING_INVALID' }))
  // The refusal has let go of the lock.
  expect(() => State.own(folder)).toThrow(expect.objectContaining({ code: 'AP_SETTING_INVALID' }))
})

test('nobody else on the machine can read the state', () => {
  const state = State.own(folder)
  expect(statSync(join(folder, 'state.sqlite')).mode & 0o077).toBe(0)
  state.close()
})

test.each([
  { name: 'ENOSPC', error: Object.assign(new Error(), { code: 'ENOSPC' }), code: 'AP_STORAGE_FULL' },
  { name: 'SQLITE_FULL', error: Object.assign(new Error(), { errcode: 13 }), code: 'AP_STORAGE_FULL' },
  { name: 'an extended SQLITE_IOERR', error: Object.assign(new Error(), { errcode: 778 }), code: 'AP_STORAGE_FULL' },
  { name: 'EROFS', error: Object.assign(new Error(), { code: 'EROFS' }), code: 'AP_STORAGE_READ_ONLY' },
  { name: 'SQLITE_READONLY', error: Object.assign(new Error(), { errcode: 8 }), code: 'AP_STORAGE_READ_ONLY' },
  { name: 'a constraint', error: Object.assign(new Error(), { errcode: 19 }), code: undefined },
])('what a disk refuses has a name: $name', ({ error, code }) => {
  const named = storageError(error, 'it')
  expect(named instanceof PieceError ? named.code : undefined).toBe(code)
})

test('keys: shown once, found by what they are, never stored as they are', async () => {
  const state = State.own(folder)
  const keys = createKeys(state)
  expect(keys.any()).toBe(false)
  const { key, ...info } = await keys.add('acme', ['read', 'call'])
  expect(keys.any()).toBe(true)
  expect(keys.find(key)).toEqual(info)
  expect(keys.list()).toEqual([info])
  expect(JSON.stringify(state.all('SELECT * FROM keys'))).not.toContain(key.split('_')[2])
  expect(keys.find(`${key}0`)).toBeUndefined()
  await expect(keys.add('../acme', ['read'])).rejects.toMatchObject({ code: 'AP_BAD_REQUEST' })
  await expect(keys.add('acme', [])).rejects.toMatchObject({ code: 'AP_BAD_REQUEST' })
  await expect(keys.add('acme', ['root' as never])).rejects.toMatchObject({ code: 'AP_BAD_REQUEST' })
  expect(await keys.revoke(info.id)).toBe(true)
  expect(keys.find(key)).toBeUndefined()
  expect(keys.list()).toEqual([])
  expect(keys.any()).toBe(true)
  state.close()
})

test('what could not be written is written later, at the close at the latest', async () => {
  const state = State.own(folder)
  await state.commit(() =>
    state.run("CREATE TRIGGER full BEFORE INSERT ON facts BEGIN SELECT RAISE(ABORT, 'no room'); END"),
  )
  await expect(put(state, 'a', '1')).rejects.toThrow('no room')
  state.commitLater(() => state.run("INSERT INTO facts VALUES ('a', '1')"))
  await state.commit(() => state.run('DROP TRIGGER full'))
  state.close()
  const again = State.own(folder)
  expect(names(again)).toEqual(['a'])
  again.close()
})
