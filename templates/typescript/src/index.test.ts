import { resolve, runAction, runTrigger, testOutside } from '@ap-wasm/piece/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { piece } from './index'

const auth = { type: 'SECRET_TEXT', secret_text: 'test' }
let outside: ReturnType<typeof testOutside>

/** Answers every request of the piece, and remembers it. */
function serve(status: number, body: unknown) {
  const fetch = vi.fn(async (_url: string, _init?: RequestInit) => Response.json(body, { status }))
  vi.stubGlobal('fetch', fetch)
  return fetch
}

beforeEach(() => {
  outside = testOutside()
})
afterEach(() => {
  vi.unstubAllGlobals()
})

test('get_post reads a post with the token', async () => {
  const fetch = serve(200, { id: 7, title: 'Seven' })
  expect(await runAction(piece, 'get_post', { props: { id: 7 }, auth })).toEqual({ id: 7, title: 'Seven' })
  expect(fetch.mock.calls[0]?.[0]).toBe('https://jsonplaceholder.typicode.com/posts/7')
  expect(fetch.mock.calls[0]?.[1]?.headers).toMatchObject({ authorization: 'Bearer test' })
})

test('get_post fails when there is no such post', async () => {
  serve(404, {})
  await expect(runAction(piece, 'get_post', { props: { id: 0 }, auth })).rejects.toMatchObject({ code: 'not_found' })
})

test('get_post needs a number', async () => {
  const call = runAction(piece, 'get_post', { props: { id: 'seven' }, auth })
  await expect(call).rejects.toMatchObject({ code: 'invalid_input', message: 'props.id must be a number' })
})

test('count_words counts', async () => {
  expect(await runAction(piece, 'count_words', { props: { text: 'to be, or not to be' } })).toEqual({
    words: 6,
    counts: [
      { word: 'be', count: 2 },
      { word: 'to', count: 2 },
      { word: 'not', count: 1 },
      { word: 'or', count: 1 },
    ],
  })
})

test('new_post gives what came after it was enabled', async () => {
  serve(200, [{ id: 2 }, { id: 1 }])
  await runTrigger(piece, 'new_post', 'on-enable', { auth })
  expect(outside.values.get('flow/lastItem')).toBe('2')
  serve(200, [{ id: 3 }, { id: 2 }, { id: 1 }])
  expect(await runTrigger(piece, 'new_post', 'run', { auth })).toEqual([{ id: 3 }])
})

test('author offers the users', async () => {
  serve(200, [{ id: 1, name: 'Ann' }])
  expect(await resolve(piece, 'triggers/new_post/props/author', { auth })).toEqual({
    options: [{ label: 'Ann', value: 1 }],
  })
})
