/** @module catalog/migrations: the tables, for both databases. A migration that was released never changes; a new one is appended. */
import type { Kysely, SchemaModule } from 'kysely'
import type { Migration } from 'kysely/migration'

type Column = 'text' | 'text?' | 'integer' | 'bigint' | 'bigint?'

async function table(
  schema: SchemaModule,
  name: string,
  columns: Readonly<Record<string, Column>>,
  key: readonly string[],
): Promise<void> {
  let builder = schema.createTable(name)
  for (const [column, type] of Object.entries(columns)) {
    const kind = type.replace('?', '') as 'text' | 'integer' | 'bigint'
    builder = builder.addColumn(column, kind, (one) => (type.endsWith('?') ? one : one.notNull()))
  }
  await builder.addPrimaryKeyConstraint(`${name}_key`, key as never).execute()
}

const index = (schema: SchemaModule, on: string, columns: readonly string[], unique = false): Promise<void> => {
  const builder = schema
    .createIndex(`${on}_by_${columns.join('_')}`)
    .on(on)
    .columns([...columns])
  return (unique ? builder.unique() : builder).execute()
}

async function first({ schema }: Kysely<unknown>): Promise<void> {
  const [instant, maybe] = ['bigint', 'bigint?'] as const
  const account = { account_id: 'text' } as const
  await table(schema, 'accounts', { id: 'text', name: 'text', password: 'text', role: 'text', created_at: instant }, [
    'id',
  ])
  await index(schema, 'accounts', ['name'], true)
  await table(schema, 'sessions', { hash: 'text', ...account, expires_at: instant }, ['hash'])
  await table(
    schema,
    'tokens',
    {
      ...{ id: 'text', hash: 'text', ...account, label: 'text', scope: 'text' },
      ...{ created_at: instant, expires_at: instant, used_at: maybe, revoked_at: maybe },
    },
    ['id'],
  )
  await index(schema, 'tokens', ['account_id'])
  await table(
    schema,
    'logins',
    {
      ...{ hash: 'text', user_code: 'text', label: 'text', scope: 'text', lifetime_ms: instant },
      ...{ public_key: 'text?', account_id: 'text?', state: 'text', expires_at: instant },
    },
    ['hash'],
  )
  await index(schema, 'logins', ['user_code'], true)
  await table(
    schema,
    'signing_keys',
    { id: 'text', ...account, public_key: 'text', label: 'text', created_at: instant, revoked_at: maybe },
    ['id'],
  )
  await table(schema, 'names', { name: 'text', skeleton: 'text', created_at: instant }, ['name'])
  await index(schema, 'names', ['skeleton'], true)
  await table(schema, 'owners', { name: 'text', ...account }, ['name', 'account_id'])
  await index(schema, 'owners', ['account_id'])
  await table(
    schema,
    'pieces',
    {
      ...{ name: 'text', latest: 'text', card: 'text', downloads: 'bigint' },
      ...{ created_at: instant, updated_at: instant, touched_at: instant, hidden_reason: 'text?' },
    },
    ['name'],
  )
  await index(schema, 'pieces', ['touched_at'])
  await table(
    schema,
    'versions',
    {
      ...{ piece: 'text', version: 'text', digest: 'text', bytes: 'bigint', language: 'text', sdk: 'text' },
      ...{ score: 'integer', published_at: instant, published_by: 'text', signed_by: 'text?', downloads: 'bigint' },
      ...{ yanked_at: maybe, yank_reason: 'text?', hidden_reason: 'text?' },
    },
    ['piece', 'version'],
  )
  await index(schema, 'versions', ['digest'], true)
  await index(schema, 'versions', ['published_at'])
  await index(schema, 'versions', ['published_by', 'published_at'])
  await table(
    schema,
    'artifacts',
    {
      ...{ digest: 'text', manifest: 'text', inspection: 'text', readme_html: 'text', score: 'text' },
      ...{ signature: 'text?', provenance: 'text?' },
    },
    ['digest'],
  )
  await table(schema, 'downloads', { piece: 'text', version: 'text', day: 'text', count: 'bigint' }, [
    ...['piece', 'version', 'day'],
  ])
  await table(
    schema,
    'reports',
    {
      ...{ id: 'text', piece: 'text', version: 'text?', reason: 'text', detail: 'text' },
      ...{ created_at: instant, outcome: 'text?', closed_at: maybe },
    },
    ['id'],
  )
  await table(
    schema,
    'audit',
    { id: 'text', at: instant, ...account, action: 'text', subject: 'text', detail: 'text' },
    ['id'],
  )
  await index(schema, 'audit', ['subject'])
}

/** Quotas of tokens. */
async function second({ schema }: Kysely<unknown>): Promise<void> {
  // One column a statement: SQLite adds no more.
  for (const column of ['versions_per_day', 'bytes_per_day'])
    await schema.alterTable('tokens').addColumn(column, 'bigint').execute()
  await schema.alterTable('versions').addColumn('published_with', 'text').execute()
  await index(schema, 'versions', ['published_with', 'published_at'])
}

async function third({ schema }: Kysely<unknown>): Promise<void> {
  await table(
    schema,
    'passkeys',
    {
      ...{ id: 'text', account_id: 'text', label: 'text', public_key: 'text', counter: 'bigint', transports: 'text' },
      ...{ created_at: 'bigint', used_at: 'bigint?' },
    },
    ['id'],
  )
  await index(schema, 'passkeys', ['account_id'])
  await table(schema, 'challenges', { hash: 'text', account_id: 'text?', expires_at: 'bigint' }, ['hash'])
}

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001': { up: first },
  '0002': { up: second },
  '0003': { up: third },
}
