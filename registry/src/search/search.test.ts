import { describe, expect, test } from 'vitest'
import type { Card } from '../card.ts'
import { type Hit, Search } from './index.ts'

const hit = (name: string, more: Partial<Card> = {}, downloads = 0): Hit => ({
  downloads,
  card: {
    ...{
      name,
      version: '1.0.0',
      digest: `${name}1`,
      displayName: name,
      description: '',
      author: 'acme',
      license: 'MIT',
    },
    ...{
      language: 'rust',
      categories: [],
      tags: [],
      capabilities: [],
      hosts: [],
      imports: [],
      exports: [],
      actions: [],
    },
    ...{ triggers: [], bytes: 1, score: 50, signed: false, hasIcon: false, publishedAt: 0 },
    ...more,
  },
})
const filled = (...hits: Hit[]): Search => {
  const search = new Search()
  search.fill(hits)
  return search
}
const names = (search: Search, q: string, more = {}): string[] =>
  search.find({ q, limit: 10, ...more }).hits.map(({ card }) => card.name)

const SOME = filled(
  hit('github', { actions: ['Create issue'], hosts: ['api.github.com'], capabilities: ['http'], score: 95 }, 5),
  hit('@acme/github-app', { description: 'An app for GitHub', language: 'go', hosts: ['api.github.com', '*'] }, 100),
  hit('gitlab', { tags: ['git'], categories: ['DEVELOPER_TOOLS'], displayName: 'GitLab' }, 50),
  hit('cafe', { displayName: 'Café crème', description: 'Grüße 漢字', publishedAt: 9 }),
)

describe('what is found', () => {
  test.each([
    ['github', ['github', '@acme/github-app']],
    ['GitHub', ['github', '@acme/github-app']],
    ['git', ['gitlab', 'github', '@acme/github-app']],
    ['github app', ['@acme/github-app']],
    ['create issue', ['github']],
    ['api.github.com', ['github', '@acme/github-app']],
    ['cafe creme', ['cafe']],
    ['漢字', ['cafe']],
    ['grusse', []],
    ['github nothing', []],
    ['', ['@acme/github-app', 'gitlab', 'github', 'cafe']],
    ['!!!', ['@acme/github-app', 'gitlab', 'github', 'cafe']],
  ])('%j finds %j', (q, wanted) => expect([...names(SOME, q)].sort()).toEqual([...wanted].sort()))

  test('a name counts for more than a description, whatever is pulled', () =>
    expect(names(SOME, 'github')[0]).toBe('github'))
  test.each([
    ['downloads', '@acme/github-app'],
    ['score', 'github'],
    ['updated', 'cafe'],
    ['name', '@acme/github-app'],
  ])('by %s the first is %s', (sort, first) => expect(names(SOME, '', { sort })[0]).toBe(first))
  test('pages do not overlap', () =>
    expect([0, 2].flatMap((offset) => names(SOME, '', { limit: 2, offset }))).toEqual(names(SOME, '')))
})

describe('facets', () => {
  test('count what was found, and narrow it', () => {
    const { facets, total } = SOME.find({ q: 'github', limit: 1 })
    expect(total).toBe(2)
    expect(facets.host).toEqual([
      { value: 'api.github.com', count: 2 },
      { value: '*', count: 1 },
    ])
    expect(names(SOME, '', { filters: { host: 'api.github.com', language: 'go' } })).toEqual(['@acme/github-app'])
    expect(names(SOME, '', { filters: { score: '90' } })).toEqual(['github'])
    expect(names(SOME, '', { filters: { capability: 'none' } })).not.toContain('github')
    expect(names(SOME, '', { filters: { language: 'cobol' } })).toEqual([])
    expect(names(SOME, '', { author: 'nobody' })).toEqual([])
  })
})

describe('what changes', () => {
  test('is found by its new words, and not by its old ones', () => {
    const search = filled(hit('one', { description: 'before' }))
    search.put(hit('one', { description: 'afterwards', digest: 'one2' }))
    search.put(hit('two', { description: 'later' }))
    expect([names(search, 'before'), names(search, 'afterwards'), names(search, 'later')]).toEqual([
      [],
      ['one'],
      ['two'],
    ])
    search.remove('one')
    search.put(hit('three'))
    expect([names(search, 'afterwards'), search.size]).toEqual([[], 2])
    search.put(hit('two', { description: 'later' }, 9))
    expect(names(search, '', { sort: 'downloads' })[0]).toBe('two')
  })
  test('names are suggested by their beginning, with and without their scope', () => {
    expect(SOME.suggest('git', 10).map(({ card }) => card.name)).toEqual(['@acme/github-app', 'gitlab', 'github'])
    expect(SOME.suggest('@acme', 10)).toHaveLength(1)
    expect(SOME.suggest(' ', 10)).toEqual([])
  })
})
