import { describe, expect, test } from 'vitest'
import { checkCase, manifestCases, readCases } from './cases.ts'
import { TemporaryFolder } from './cli.suite.ts'

const action = { action: 'fetch' }

describe('a case', () => {
  const GOOD: { name: string; value: object }[] = [
    { name: 'an action alone', value: action },
    { name: 'a hook', value: { trigger: 'new', hook: 'test' } },
    { name: 'a path', value: { resolve: 'auth/validate', auth: { type: 'SECRET_TEXT', secret_text: 'x' } } },
    {
      name: 'everything',
      value: {
        $schema: 's',
        description: 'd',
        ...action,
        props: { a: 1 },
        auth: {},
        env: { A: 'b' },
        run: { flowId: 'f' },
        now: '2026-01-01T00:00:00Z',
        seed: 2,
        store: { flow: { k: [1] } },
        http: [
          {
            request: { method: 'POST', url: 'https://x', headers: { a: 'b' }, body: {} },
            response: { status: 200, headers: {}, body: '' },
          },
        ],
        expect: { output: null, store: { flow: {} } },
        maxFuel: 1,
      },
    },
    { name: 'an expected failure', value: { ...action, expect: { failure: { code: 'x' } } } },
    {
      name: 'a failing connection',
      value: { ...action, http: [{ request: { url: 'https://x' }, response: { error: 'connection-refused' } }] },
    },
  ]
  test.each(GOOD)('may have $name', ({ value }) => expect(checkCase(value)).toEqual([]))

  const BAD: { name: string; value: unknown; says: string }[] = [
    { name: 'nothing to call', value: {}, says: 'exactly one of action, trigger and resolve; this one names none' },
    { name: 'two things to call', value: { ...action, resolve: 'x' }, says: 'names action and resolve' },
    { name: 'a trigger without its hook', value: { trigger: 'x' }, says: 'hook: stands beside trigger' },
    { name: 'a hook that is none', value: { trigger: 'x', hook: 'go' }, says: 'hook: ' },
    { name: 'a key that is misspelt', value: { ...action, htp: [] }, says: 'htp: is not a known key' },
    { name: 'a clock that is none', value: { ...action, now: 'soon' }, says: '"soon" is no instant' },
    {
      name: 'two ends',
      value: { ...action, expect: { output: 1, error: { code: 'AP_EXITED' } } },
      says: 'output and error',
    },
    {
      name: 'a mock without a URL',
      value: { ...action, http: [{ request: {}, response: {} }] },
      says: 'http[0].request.url: is missing',
    },
    {
      name: 'a status that is none',
      value: { ...action, http: [{ request: { url: 'x' }, response: { status: 99 } }] },
      says: 'http[0].response.status',
    },
    { name: 'a scope that is none', value: { ...action, store: { all: {} } }, says: 'store.all: is not a known key' },
    { name: 'no object', value: [], says: 'exactly one of' },
  ]
  test.each(BAD)('may not have $name', ({ value, says }) => expect(checkCase(value).join('\n')).toContain(says))
})

test('files are read by name, below folders too; one that is no case is named', async () => {
  const folder = new TemporaryFolder()
  await folder.write({ 'b.json': action, 'a/c.json': action, 'note.txt': 'x' })
  expect((await readCases(folder.path)).map(({ name }) => name)).toEqual(['a/c', 'b'])
  expect((await readCases(folder.path, 'c')).map(({ name }) => name)).toEqual(['a/c'])
  await folder.write({ 'd.json': '{"action":"a","action":"b"}' })
  await expect(readCases(folder.path)).rejects.toThrow('tests/d.json is no JSON')
  folder.remove()
})

test('an artifact carries cases without the values of connections and variables', async () => {
  const folder = new TemporaryFolder()
  const one = {
    ...action,
    auth: { type: 'SECRET_TEXT', secret_text: 'top-secret' },
    env: { TOKEN: 'also-secret' },
    http: [
      {
        request: { url: 'https://x/?k=top-secret', headers: { a: 'also-secret' } },
        response: { body: 'dG9wLXNlY3JldA==' },
      },
    ],
  }
  await folder.write({ 'one.json': one, 'huge.json': { ...action, props: { text: 'x'.repeat(300_000) } } })
  const { cases, leftOut } = await manifestCases(folder.path)
  expect(JSON.stringify(cases)).not.toMatch(/top-secret|also-secret|dG9wLXNlY3JldA/)
  expect(cases).toMatchObject([
    { name: 'one', auth: { type: 'SECRET_TEXT', secret_text: 'redacted-auth-secret-text' } },
  ])
  expect(leftOut).toEqual(['huge'])
  folder.remove()
})
