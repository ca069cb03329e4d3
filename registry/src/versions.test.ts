import { describe, expect, test } from 'vitest'
import type { VersionInfo } from './catalog/pieces.ts'
import { ageMs, resolveVersion } from './versions.ts'

const DAY_MS = 86_400_000
const version = (number: string, more: Partial<VersionInfo> = {}): VersionInfo => ({
  ...{ piece: 'x', version: number, digest: '', bytes: 1, language: 'c', sdk: '', score: 1, publishedBy: 'acme' },
  ...{ publishedAt: Date.now() - 10 * DAY_MS, signedBy: undefined, downloads: 0, yanked: undefined },
  hiddenReason: undefined,
  ...more,
})
const ALL = [
  version('2.0.0', { yanked: { at: 0, reason: 'r' } }),
  version('1.10.0', { publishedAt: Date.now() - DAY_MS }),
  version('1.9.0'),
  version('1.2.0', { hiddenReason: 'harm' }),
  version('0.3.0'),
]

describe('which version is meant', () => {
  test.each([
    ['1.9.0', '1.9.0', true],
    ['2.0.0', '2.0.0', true],
    ['latest', '1.10.0', false],
    ['^1', '1.10.0', false],
    ['1.9', '1.9.0', false],
    ['<1', '0.3.0', false],
    ['*', '1.10.0', false],
  ])('%s is %s', (asked, is, exact) =>
    expect(resolveVersion(ALL, 'x', asked)).toMatchObject({ version: { version: is }, exact }),
  )
  test('what is younger than asked is passed over, by ranges alone', () => {
    expect(resolveVersion(ALL, 'x', 'latest', 3 * DAY_MS).version.version).toBe('1.9.0')
    expect(resolveVersion(ALL, 'x', '1.10.0', 3 * DAY_MS).version.version).toBe('1.10.0')
  })
  test.each([
    ['1.2.0', 'AR_PIECE_HIDDEN'],
    ['^1.2.0 <1.3', 'AR_VERSION_NOT_FOUND'],
    ['2', 'AR_VERSION_NOT_FOUND'],
    ['7.0.0', 'AR_VERSION_NOT_FOUND'],
    ['newest', 'AR_BAD_REQUEST'],
    ['../1.0.0', 'AR_BAD_REQUEST'],
  ])('%s is refused: %s', (asked, code) =>
    expect(() => resolveVersion(ALL, 'x', asked)).toThrow(expect.objectContaining({ code })),
  )
})

test.each([
  ['3d', 3 * DAY_MS],
  ['12h', DAY_MS / 2],
  ['30m', 1_800_000],
])('%s', (text, ms) => expect(ageMs(text)).toBe(ms))
test.each(['3', 'd', '-1d', '1w', '1.5d', ''])('%j is no age', (text) => expect(() => ageMs(text)).toThrow('3d'))
