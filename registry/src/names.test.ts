import { describe, expect, test } from 'vitest'
import { isReserved, isTokenScope, namespaceOf, pieceOfRepository, reaches, repositoryOf, skeletonOf } from './names.ts'

describe('what a reader confuses is one name', () => {
  test.each([
    ['feeds', 'feed5'],
    ['feeds', 'feed-s'],
    ['@acme', '@acrne'],
    ['google', 'go0gle'],
    ['html', 'htm1'],
    ['wave', 'vvave'],
  ])('%s and %s', (one, other) => expect(skeletonOf(one)).toBe(skeletonOf(other)))
  test.each([
    ['feeds', 'feed'],
    ['@feeds', 'feeds'],
    ['slack', 'slock'],
    ['mail', 'main'],
  ])('%s is not %s', (one, other) => expect(skeletonOf(one)).not.toBe(skeletonOf(other)))
  test.each(['@official', '@off-icial', '@0fficial', '@piece', '@registry'])('%s is reserved', (name) =>
    expect(isReserved(name)).toBe(true),
  )
  test.each(['official', '@acme', '@pieceful'])('%s is free', (name) => expect(isReserved(name)).toBe(false))
})

test('what is owned is the scope, or the bare name', () =>
  expect(['@acme/github', 'feeds'].map(namespaceOf)).toEqual(['@acme', 'feeds']))

describe('the scope of a token', () => {
  test.each([
    ['*', '@acme/github'],
    ['@acme/*', '@acme/github'],
    ['@acme/github', '@acme/github'],
    ['feeds', 'feeds'],
  ])('%s reaches %s', (scope, piece) => {
    expect(isTokenScope(scope)).toBe(true)
    expect(reaches(scope, piece)).toBe(true)
  })
  test.each([
    ['@acme/*', '@acmee/github'],
    ['@acme/*', 'acme'],
    ['@acme/github', '@acme/github-app'],
    ['feeds', 'feeds2'],
  ])('%s does not reach %s', (scope, piece) => expect(reaches(scope, piece)).toBe(false))
  test.each(['', '@acme', '@acme/', '**', '@*/x', 'a/*', '../*'])('%j is none', (scope) =>
    expect(isTokenScope(scope)).toBe(false),
  )
})

test.each([
  ['@acme/github', 'acme/github'],
  ['feeds', 'piece/feeds'],
])('%s is the OCI repository %s, and back', (piece, repository) => {
  expect(repositoryOf(piece)).toBe(repository)
  expect(pieceOfRepository(repository)).toBe(piece)
})
test.each(['a/b/c', '../etc', 'Acme/x', 'piece/', ''])('%j is no repository', (repository) =>
  expect(pieceOfRepository(repository)).toBeUndefined(),
)
