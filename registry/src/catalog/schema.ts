/** @module catalog/schema: the tables as the query builder sees them. Instants are milliseconds since 1970; JSON is text. */

export interface Accounts {
  id: string
  name: string
  /** scrypt, with its parameters (passwords.ts). */
  password: string
  role: 'author' | 'moderator'
  created_at: number
}

export interface Sessions {
  hash: string
  account_id: string
  expires_at: number
}

export interface Tokens {
  id: string
  hash: string
  account_id: string
  label: string
  /** `*`, `@scope/*`, or one piece. */
  scope: string
  created_at: number
  expires_at: number
  used_at: number | null
  revoked_at: number | null
  /** Lower than the registry's own limits, if it was made so. */
  versions_per_day: number | null
  bytes_per_day: number | null
}

/** A command line that waits for its user to consent in a browser. */
export interface Logins {
  hash: string
  user_code: string
  label: string
  scope: string
  lifetime_ms: number
  public_key: string | null
  /** Who consented; `refused` otherwise. */
  account_id: string | null
  state: 'pending' | 'approved' | 'refused'
  expires_at: number
}

export interface Passkeys {
  /** As its authenticator calls it: base64url. */
  id: string
  account_id: string
  label: string
  /** COSE, as base64url. */
  public_key: string
  counter: number
  /** Separated by spaces. */
  transports: string
  created_at: number
  used_at: number | null
}

/** What a browser was asked to sign, and has not answered yet. */
export interface Challenges {
  hash: string
  /** Who registers a passkey; null where somebody signs in. */
  account_id: string | null
  expires_at: number
}

export interface SigningKeys {
  /** SHA-256 of the public key, in hexadecimal. */
  id: string
  account_id: string
  /** 32 bytes as base64. */
  public_key: string
  label: string
  created_at: number
  revoked_at: number | null
}

/** What can be owned: a scope (`@acme`) with all below it, or a bare name. */
export interface Names {
  name: string
  /** Equal for names that a reader confuses. */
  skeleton: string
  created_at: number
}

export interface Owners {
  name: string
  account_id: string
}

export interface Pieces {
  name: string
  /** The newest version that is neither withdrawn nor hidden; the newest of all where each is. */
  latest: string
  /** What lists and search show (card.ts), as JSON. */
  card: string
  downloads: number
  created_at: number
  updated_at: number
  /** Any change that search must hear of. */
  touched_at: number
  hidden_reason: string | null
}

export interface Versions {
  piece: string
  version: string
  digest: string
  bytes: number
  language: string
  sdk: string
  score: number
  published_at: number
  published_by: string
  /** The token, if one was used. */
  published_with: string | null
  /** The signing key, if it was signed. */
  signed_by: string | null
  downloads: number
  yanked_at: number | null
  yank_reason: string | null
  hidden_reason: string | null
}

/** What is large, and read for one version alone. */
export interface Artifacts {
  digest: string
  manifest: string
  /** Imports, exports, sizes, warnings. */
  inspection: string
  readme_html: string
  score: string
  signature: string | null
  provenance: string | null
}

export interface Downloads {
  piece: string
  version: string
  /** 2026-01-31 */
  day: string
  count: number
}

export interface Reports {
  id: string
  piece: string
  version: string | null
  reason: string
  detail: string
  created_at: number
  /** What a moderator did about it. */
  outcome: string | null
  closed_at: number | null
}

export interface Audit {
  id: string
  at: number
  account_id: string
  action: string
  subject: string
  detail: string
}

export interface Schema {
  accounts: Accounts
  sessions: Sessions
  tokens: Tokens
  logins: Logins
  passkeys: Passkeys
  challenges: Challenges
  signing_keys: SigningKeys
  names: Names
  owners: Owners
  pieces: Pieces
  versions: Versions
  artifacts: Artifacts
  downloads: Downloads
  reports: Reports
  audit: Audit
}
