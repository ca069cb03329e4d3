/** @module catalog/postgres: the query builder on PostgreSQL, for several registries on one catalog. */
import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'

const CONNECTIONS = 10
const WAIT_MS = 5_000
/** PostgreSQL's own number of `bigint`; counts, sizes and instants here are far below 2^53. */
const BIGINT = 20

export function postgresDialect(connectionString: string): Dialect {
  const types = {
    getTypeParser: ((oid: number, format: never) =>
      oid === BIGINT ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
  }
  const pool = new pg.Pool({
    connectionString,
    types,
    max: CONNECTIONS,
    connectionTimeoutMillis: WAIT_MS,
    statement_timeout: WAIT_MS,
  })
  // An idle connection that the server ends is replaced at the next query.
  pool.on('error', () => {})
  return new PostgresDialect({ pool })
}
