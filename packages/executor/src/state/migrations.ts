/** @module state/migrations: the tables of `state.sqlite`. A migration that was released never changes; a new one is appended. */

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE keys (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, tenant TEXT NOT NULL, roles TEXT NOT NULL,
    created_at INTEGER NOT NULL, revoked_at INTEGER
  ) STRICT;

  CREATE TABLE pieces (
    tenant TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL, bytes INTEGER NOT NULL,
    manifest TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, version)
  ) STRICT;
  CREATE INDEX pieces_by_digest ON pieces (digest);

  CREATE TABLE grants (
    tenant TEXT NOT NULL, piece TEXT NOT NULL, granted TEXT NOT NULL, env TEXT NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, piece)
  ) STRICT;

  CREATE TABLE calls (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, piece TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL,
    kind TEXT NOT NULL, name TEXT NOT NULL, hook TEXT, traceparent TEXT, replay_of TEXT,
    started_at INTEGER NOT NULL, ended_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('running', 'ok', 'failure', 'error')),
    code TEXT, detail TEXT, usage TEXT, attempts INTEGER
  ) STRICT;
  CREATE INDEX calls_by_tenant ON calls (tenant, id);
  CREATE INDEX calls_by_piece ON calls (tenant, piece, id);
  CREATE INDEX calls_running ON calls (state) WHERE state = 'running';
  CREATE INDEX calls_by_age ON calls (started_at);

  CREATE TABLE call_logs (
    call_id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, bytes INTEGER NOT NULL, lines TEXT NOT NULL
  ) STRICT;
  CREATE INDEX call_logs_by_age ON call_logs (created_at);

  CREATE TABLE records (
    call_id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, bytes INTEGER NOT NULL, record BLOB NOT NULL
  ) STRICT;
  CREATE INDEX records_by_age ON records (created_at);

  CREATE TABLE idempotency (
    tenant TEXT NOT NULL, key TEXT NOT NULL, request BLOB NOT NULL, call_id TEXT NOT NULL, created_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL DEFAULT 0, answer BLOB,
    PRIMARY KEY (tenant, key)
  ) STRICT;
  CREATE INDEX idempotency_by_call ON idempotency (call_id);
  CREATE INDEX idempotency_by_age ON idempotency (created_at);

  CREATE TABLE usage_days (
    tenant TEXT NOT NULL, piece TEXT NOT NULL, day TEXT NOT NULL,
    calls INTEGER NOT NULL, failures INTEGER NOT NULL, errors INTEGER NOT NULL, free INTEGER NOT NULL,
    fuel INTEGER NOT NULL, wall_ms REAL NOT NULL, cpu_ms REAL NOT NULL,
    bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,
    PRIMARY KEY (tenant, piece, day)
  ) STRICT;
  `,
  `
  ALTER TABLE call_logs ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
  UPDATE call_logs SET tenant = coalesce((SELECT tenant FROM calls WHERE id = call_id), '');
  CREATE INDEX call_logs_by_tenant ON call_logs (tenant, created_at, bytes);

  ALTER TABLE records ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
  UPDATE records SET tenant = coalesce((SELECT tenant FROM calls WHERE id = call_id), '');
  CREATE INDEX records_by_tenant ON records (tenant, created_at, bytes);
  `,
  `
  -- An id begins with the moment of its call.
  DROP INDEX calls_by_age;
  `,
]
