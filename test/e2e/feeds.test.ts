/** examples/feeds, built and run as any piece: over HTTP, against a web of feeds and pages as they are out there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FeedsRunning, FOLDER, startFeeds } from './feeds.ts'
import type { Site } from './web.ts'

let feeds: FeedsRunning
let origin = ''
beforeAll(async () => {
  feeds = await startFeeds()
  origin = feeds.web.origin
  for (const file of readdirSync(join(FOLDER, 'test/files'))) feeds.web.put(`/files/${file}`, { file })
  feeds.web.put('/files/refresh-loop.html?again', { file: 'refresh-back.html' })
})
afterAll(() => feeds?.close())

interface Case extends Site {
  name: string
  props?: Record<string, unknown>
  output?: Record<string, unknown>
  failure?: Record<string, unknown>
  has?: string[]
  lacks?: string[]
}
const read = <T>(file: string): T => JSON.parse(readFileSync(join(FOLDER, 'test', file), 'utf8'))
/** Texts of a case may name the address of the web, which is another each time. */
const placed = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll('{origin}', origin).replaceAll('{folder}', 'files'))

async function answered(action: string, one: Case): Promise<{ output?: { markdown?: string }; failure?: unknown }> {
  const path = `/files/${one.file ?? encodeURIComponent(one.name)}`
  feeds.web.put(path, one)
  return feeds.action(action, { url: origin + path, ...one.props })
}

describe('feeds', () => {
  test.each(read<Case[]>('feeds.json'))('$name', async (one) => {
    const { output, failure } = placed(one)
    expect(await answered('parse_feed', one)).toMatchObject(failure ? { failure } : { output })
  })
  test.each(read<{ text: string; is: string | null }[]>('dates.json'))('the date "$text"', async ({ text, is }) => {
    const { output } = await answered('parse_feed', { name: 'dates', file: 'dates.xml' })
    expect(
      (output as { items?: { title: string; published: string }[] }).items?.find(
        (one) => one.title === text.replace(/\s+/g, ' '),
      )?.published,
    ).toBe(is)
  })
})

describe('pages', () => {
  test.each(read<Case[]>('pages.json'))('$name', async (one) => {
    const { output, failure, has = [], lacks = [] } = placed(one)
    const answer = await answered('read_page', one)
    expect(answer).toMatchObject(failure ? { failure } : { output })
    for (const text of has) expect(answer.output?.markdown).toContain(text)
    for (const text of lacks) expect(answer.output?.markdown).not.toContain(text)
  })
})
