/** @module generator: a catalog as large as is asked for, the same each time: names, texts and permissions as pieces have them. */
import { createHash } from 'node:crypto'
import type { Manifest } from '@ap-wasm/executor'
import { cardOf } from '../../registry/src/card.ts'
import type { Database } from '../../registry/src/catalog/database.ts'
import { skeletonOf } from '../../registry/src/names.ts'
import { scoreOf } from '../../registry/src/score.ts'

const SERVICES =
  'github gitlab slack discord notion airtable stripe shopify hubspot salesforce zendesk intercom trello asana jira linear figma dropbox calendar sheets drive mailchimp sendgrid twilio telegram whatsapp postgres mysql redis mongo kafka openai anthropic mistral weather maps translate pdf images zip crypto rss webhooks sms invoices banking payroll tickets surveys forms'.split(
    ' ',
  )
const KINDS = 'sync client tools reader writer watcher export import search reports'.split(' ')
const LANGUAGES = ['rust', 'go', 'python', 'typescript', 'c'] as const
const CATEGORIES = [
  'PRODUCTIVITY',
  'COMMUNICATION',
  'DEVELOPER_TOOLS',
  'SALES_AND_CRM',
  'CONTENT_AND_FILES',
  'ARTIFICIAL_INTELLIGENCE',
  'PAYMENTS',
] as const
const LICENSES = ['MIT', 'Apache-2.0', undefined, 'BSD-3-Clause'] as const
const DAY_MS = 86_400_000
const BATCH = 100

/** The same numbers in each run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const title = (words: string): string =>
  words.replace(/(^|[ -])[a-z]/g, (one) => one.toUpperCase()).replaceAll('-', ' ')
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

function manifestOf(
  name: string,
  version: string,
  service: string,
  kind: string,
  pick: (n: number) => number,
): Manifest {
  const host = pick(12) === 0 ? 'https://*' : `https://api.${service}.com`
  const language = LANGUAGES[pick(LANGUAGES.length)]!
  const license = LICENSES[pick(LICENSES.length)]
  const text = { type: 'SHORT_TEXT', required: true, displayName: 'Text', description: 'What to work on' } as const
  const action = (words: string) => ({
    displayName: title(words),
    description: `${title(words)} of ${service} and returns what came of it.`,
    props: { text, limit: { type: 'NUMBER', required: false, displayName: 'Limit' } as const },
    requireAuth: true,
    sampleOutput: { ok: true },
  })
  const category = CATEGORIES[pick(CATEGORIES.length)]!
  return {
    name,
    version,
    language,
    ...(license === undefined ? {} : { license }),
    ...(pick(3) > 0 ? { repository: `https://example.com/${service}/${kind}` } : {}),
    tags: [service, kind],
    capabilities: { ...(pick(6) > 0 ? { http: [host] } : {}), ...(pick(3) === 0 ? { store: ['flow'] } : {}) },
    description: {
      contract: '0.1',
      encoding: 'json',
      sdk: { language, version: '0.1.0' },
      displayName: title(`${service} ${kind}`),
      description: `Works with ${service}: ${kind}, lists, updates and watches what changes there, page by page.`,
      authors: [],
      categories: [category === 'PAYMENTS' ? 'SALES_AND_CRM' : category],
      auth: [{ type: 'SECRET_TEXT', displayName: `${title(service)} key`, required: true }],
      actions: { list: action('list items'), update: action('update one item'), get: action('get one item') },
      triggers: {},
    },
    readme: `# ${title(service)} ${kind}\n\n${`What ${service} holds is read, changed and watched. `.repeat(8 + pick(10))}\n\n\`\`\`\nap-wasm run list\n\`\`\`\n`,
  } as Manifest
}

const INSPECTION = {
  imports: [
    { name: 'wasi:http/outgoing-handler@0.2.12', functions: ['handle'] },
    { name: 'wasi:cli/environment@0.2.12', functions: ['get-environment'] },
  ],
  exports: [{ name: 'ap:piece/handler@0.1.0', functions: ['describe', 'init', 'action', 'trigger', 'resolve'] }],
  sizes: [{ part: 'code', bytes: 100_000 }],
  warnings: [],
}

/** `pieces` names with about `versions` versions among them, of one account; `now` is when the newest was published. */
export async function generate(
  db: Database,
  {
    pieces,
    versions,
    accountId,
    author,
    now,
  }: { pieces: number; versions: number; accountId: string; author: string; now: number },
): Promise<void> {
  const pick = numbers(7)
  const each = versions / pieces
  for (let from = 0; from < pieces; from += BATCH)
    await db.transaction().execute(async (trx) => {
      for (let i = from; i < Math.min(from + BATCH, pieces); i++) {
        const service = SERVICES[i % SERVICES.length]!
        const kind = KINDS[Math.trunc(i / SERVICES.length) % KINDS.length]!
        const scope = `@team-${Math.trunc(i / (SERVICES.length * KINDS.length))}`
        const name = `${scope}/${service}-${kind}`
        const newest = Math.max(1, Math.round((each * (50 + pick(100))) / 100))
        const downloads = Math.trunc(100_000 / (1 + pick(2_000)))
        let latest: ReturnType<typeof cardOf> | undefined
        for (let n = 1; n <= newest; n++) {
          const version = `${Math.trunc(n / 10)}.${n % 10}.${pick(5)}`
          const manifest = manifestOf(name, version, service, kind, pick)
          const digest = digestOf(`${name}@${version}`)
          const score = scoreOf({ manifest, signed: true, provenance: n % 2 === 0, bytes: 200_000 })
          const publishedAt = now - (newest - n) * DAY_MS - pick(DAY_MS)
          const row = { digest, manifest: JSON.stringify(manifest), inspection: JSON.stringify(INSPECTION) }
          await trx
            .insertInto('artifacts')
            .values({
              ...{ ...row, readme_html: `<p>${manifest.readme}</p>`, score: JSON.stringify(score) },
              ...{ signature: null, provenance: null },
            })
            .execute()
          await trx
            .insertInto('versions')
            .values({
              ...{ piece: name, version, digest, bytes: 200_000, language: manifest.language, sdk: 'rust 0.1.0' },
              ...{ score: score.points, published_at: publishedAt, published_by: accountId, signed_by: null },
              ...{ downloads: Math.trunc(downloads / newest), yanked_at: null, yank_reason: null, hidden_reason: null },
            })
            .execute()
          const facts = { digest, author, bytes: 200_000, score: score.points, signed: false, publishedAt }
          latest = cardOf(manifest, INSPECTION, facts)
        }
        await trx
          .insertInto('names')
          .values({ name: scope, skeleton: skeletonOf(scope), created_at: now })
          .onConflict((on) => on.doNothing())
          .execute()
        await trx
          .insertInto('owners')
          .values({ name: scope, account_id: accountId })
          .onConflict((on) => on.doNothing())
          .execute()
        await trx
          .insertInto('pieces')
          .values({
            ...{ name, latest: latest!.version, card: JSON.stringify(latest), downloads, hidden_reason: null },
            ...{ created_at: now - newest * DAY_MS, updated_at: latest!.publishedAt, touched_at: now },
          })
          .execute()
      }
    })
}
