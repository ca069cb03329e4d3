import type { Manifest } from '@ap-wasm/executor'
import { expect, test } from 'vitest'
import { scoreOf } from './score.ts'

const action = { displayName: 'Do', description: 'Does.', props: {}, requireAuth: false, sampleOutput: 1 }
const GOOD = {
  ...{
    name: 'x',
    version: '1.0.0',
    language: 'rust',
    license: 'MIT',
    repository: 'https://example.com/x',
    tags: ['x'],
  },
  ...{ readme: `${'Says what it does. '.repeat(30)}\n\n\`\`\`\ncall\n\`\`\`\n`, icon: 'x', cases: [{ action: 'do' }] },
  capabilities: { http: ['https://api.example.com'] },
  description: {
    ...{ contract: '0.1', encoding: 'json', sdk: { language: 'rust', version: '1' }, displayName: 'X' },
    ...{ description: 'X', authors: [], categories: [], triggers: {}, actions: { do: action } },
  },
} as unknown as Manifest
const facts = { manifest: GOOD, signed: true, provenance: true, bytes: 1 }
const withManifest = (more: object) => ({ ...facts, manifest: { ...GOOD, ...more } as Manifest })
const described = (more: object) => withManifest({ description: { ...GOOD.description, ...more } })

test('a piece that lacks nothing has 100 points, and no reason', () => {
  const { points, rows } = scoreOf(facts)
  expect([points, rows.filter(({ reason }) => reason !== undefined)]).toEqual([100, []])
})

const LOST: { name: string; facts: Parameters<typeof scoreOf>[0]; points: number; says: string }[] = [
  { name: 'no README', facts: withManifest({ readme: undefined }), points: 80, says: 'has 0 characters' },
  {
    name: 'a short README',
    facts: withManifest({ readme: `${'x'.repeat(150)}\n` }),
    points: 87,
    says: 'has 150 characters',
  },
  {
    name: 'a README without an example',
    facts: withManifest({ readme: 'x'.repeat(300) }),
    points: 95,
    says: 'show one call',
  },
  {
    name: 'an action without a description',
    facts: described({ actions: { do: action, undo: { ...action, description: '' } } }),
    ...{ points: 90, says: 'Without a description: undo.' },
  },
  {
    name: 'a property without a description',
    facts: described({ actions: { do: { ...action, props: { a: { type: 'NUMBER' }, b: { description: 'b' } } } } }),
    ...{ points: 95, says: 'Without a description: do.a.' },
  },
  {
    name: 'an output that nobody describes',
    facts: described({ actions: { do: { ...action, sampleOutput: undefined } } }),
    points: 90,
    says: 'Neither schema nor sample',
  },
  { name: 'no case', facts: withManifest({ cases: undefined }), points: 90, says: 'No recorded case for: do.' },
  {
    name: 'any host',
    facts: withManifest({ capabilities: { http: ['https://*'] } }),
    points: 90,
    says: 'ANY public host',
  },
  { name: 'no licence', facts: withManifest({ license: undefined }), points: 95, says: 'SPDX' },
  { name: 'no source', facts: withManifest({ repository: undefined }), points: 95, says: '"repository"' },
  { name: 'no tag', facts: withManifest({ tags: [] }), points: 95, says: '"tags"' },
  { name: 'no icon', facts: withManifest({ icon: undefined }), points: 97, says: 'icon.png' },
  { name: 'six MiB', facts: { ...facts, bytes: 6 * 1024 ** 2 }, points: 98, says: '6.0 MiB' },
  { name: 'no signature', facts: { ...facts, signed: false }, points: 95, says: 'it signs' },
  { name: 'no provenance', facts: { ...facts, provenance: false }, points: 95, says: 'committed' },
]
test.each(LOST)('$name: $points points, and a reason', ({ facts, points, says }) => {
  const score = scoreOf(facts)
  expect(score.points).toBe(points)
  const reasons = score.rows.flatMap(({ reason }) => reason ?? [])
  expect(reasons.filter((one) => one.includes(says))).toHaveLength(1)
})
