import { expect, test } from 'vitest'
import { permissionDiff, permissions } from './permissions.ts'
import type { Ask } from './piece-json.ts'

const ask = (more: Partial<Ask> = {}): Ask => ({ http: [], env: {}, store: [], files: [], run: [], ...more })

test('the risky come first, in words', () => {
  const list = permissions(
    ask({ http: ['https://a.example', 'https://*'], env: { KEY: { required: false } }, store: ['flow'] }),
  )
  expect(list.map(({ words, wide }) => [words, wide])).toEqual([
    ['send requests to ANY public host', true],
    ['send requests to https://a.example', false],
    ['read the variable KEY (optional)', false],
    ['keep state for each flow', false],
  ])
})

const DIFFS: { name: string; from?: Ask; to: Ask; signs: string }[] = [
  { name: 'the first time', to: ask({ store: ['flow'], run: ['stop'] }), signs: '++' },
  { name: 'the same', from: ask({ store: ['flow'] }), to: ask({ store: ['flow'] }), signs: ' ' },
  { name: 'more', from: ask({ store: ['flow'] }), to: ask({ store: ['flow', 'project'] }), signs: '+ ' },
  { name: 'less', from: ask({ http: ['https://a.example'] }), to: ask(), signs: '-' },
  {
    name: 'another',
    from: ask({ http: ['https://a.example'] }),
    to: ask({ http: ['https://b.example'] }),
    signs: '+-',
  },
  { name: 'nothing', to: ask(), signs: '' },
]
test.each(DIFFS)('what changes: $name', ({ from, to, signs }) => {
  expect(
    permissionDiff(from, to)
      .map(({ sign }) => sign)
      .join(''),
  ).toBe(signs)
})
