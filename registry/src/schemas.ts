/** @module schemas: the shapes of requests and answers, once: validation, types and OpenAPI come from them. */
import type { Ask } from '@ap-wasm/executor'
import Type from 'typebox'
import { REPORT_REASONS } from './catalog/moderation.ts'
import type { VersionInfo } from './catalog/pieces.ts'
import { PIECE_NAME } from './names.ts'
import { FACET_NAMES, FACETS } from './search/facets.ts'
import type { Hit } from './search/index.ts'
import { SORTS } from './search/index.ts'

const closed = { additionalProperties: false } as const
const literals = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })
const instant = Type.String({ description: 'ISO 8601' })

export const PieceName = Type.String({ pattern: PIECE_NAME.source, description: 'A name, `@scope/name` too.' })
export const AnyVersion = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'Exact, a range such as `^1.2`, or `latest`.',
})
export const NameParams = Type.Object({ name: PieceName })
export const VersionParams = Type.Object({ name: PieceName, version: AnyVersion })

const MinAge = Type.Optional(
  Type.String({ maxLength: 8, description: 'Ranges and `latest` pass over what is younger: `3d`, `12h`, `30m`.' }),
)
export const VersionQuery = Type.Object({ minAge: MinAge })

export const SearchQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 200, description: 'Words; each must be found.' })),
    ...(Object.fromEntries(
      FACET_NAMES.map((name) => [
        name,
        Type.Optional(Type.String({ maxLength: 256, description: `Only pieces ${FACETS[name].doc}.` })),
      ]),
    ) as Record<(typeof FACET_NAMES)[number], ReturnType<typeof Type.Optional<ReturnType<typeof Type.String>>>>),
    author: Type.Optional(Type.String({ maxLength: 64 })),
    sort: Type.Optional(literals(SORTS)),
    cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,6}$', description: 'As the answer before gave it.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  },
  closed,
)

export const cardView = ({ card, downloads }: Hit, hrefOf: (name: string) => string) => ({
  ...card,
  publishedAt: new Date(card.publishedAt).toISOString(),
  downloads,
  href: hrefOf(card.name),
})

export const SearchAnswer = Type.Object({
  total: Type.Integer(),
  pieces: Type.Array(Type.Unknown({ description: 'Cards: what lists show of a piece.' })),
  cursor: Type.Optional(Type.String({ description: 'For the next page; absent on the last.' })),
  facets: Type.Unknown({ description: 'By facet: values with the number of pieces that have them.' }),
})

export const VersionView = Type.Object({
  version: Type.String(),
  digest: Type.String(),
  bytes: Type.Integer(),
  language: Type.String(),
  sdk: Type.String(),
  score: Type.Integer(),
  downloads: Type.Integer(),
  publishedAt: instant,
  publishedBy: Type.String(),
  signedBy: Type.Optional(Type.String({ description: 'Id of the signing key.' })),
  yanked: Type.Optional(Type.Object({ at: instant, reason: Type.String() })),
  hidden: Type.Optional(Type.String({ description: 'Why a moderator hid it.' })),
})

export const versionView = (one: VersionInfo) => ({
  ...{ version: one.version, digest: one.digest, bytes: one.bytes, language: one.language, sdk: one.sdk },
  ...{ score: one.score, downloads: one.downloads, publishedBy: one.publishedBy },
  publishedAt: new Date(one.publishedAt).toISOString(),
  ...(one.signedBy === undefined ? {} : { signedBy: one.signedBy }),
  ...(one.yanked ? { yanked: { at: new Date(one.yanked.at).toISOString(), reason: one.yanked.reason } } : {}),
  ...(one.hiddenReason === undefined ? {} : { hidden: one.hiddenReason }),
})

export const PieceView = Type.Object({
  name: Type.String(),
  latest: Type.String(),
  displayName: Type.String(),
  description: Type.String(),
  owners: Type.Array(Type.String()),
  downloads: Type.Integer(),
  createdAt: instant,
  versions: Type.Array(VersionView),
})

export const VersionDetail = Type.Object({
  name: Type.String(),
  ...VersionView.properties,
  capabilities: Type.Unsafe<Ask>({ type: 'object', additionalProperties: true, description: 'What it asks for.' }),
  permissions: Type.Array(Type.Object({ key: Type.String(), words: Type.String(), wide: Type.Boolean() })),
  scores: Type.Unknown({ description: 'Each question, its points, and the reason for those that are lost.' }),
  imports: Type.Array(Type.String()),
  exports: Type.Array(Type.String()),
  warnings: Type.Array(Type.String()),
  manifest: Type.Unknown({ description: 'As the artifact carries it: docs/contract.md' }),
  signature: Type.Optional(Type.Unknown({ description: 'DSSE over {name, version, digest}.' })),
  publicKey: Type.Optional(Type.String({ description: 'That signed it: 32 bytes as base64.' })),
  provenance: Type.Optional(Type.Unknown({ description: 'DSSE over an in-toto statement.' })),
})

export const DiffView = Type.Object({
  permissions: Type.Array(Type.Object({ sign: Type.String(), key: Type.String(), words: Type.String() })),
  description: Type.Array(
    Type.Object({ path: Type.String(), before: Type.Optional(Type.Unknown()), after: Type.Optional(Type.Unknown()) }),
  ),
  imports: Type.Object({ added: Type.Array(Type.String()), removed: Type.Array(Type.String()) }),
  bytes: Type.Object({ before: Type.Integer(), after: Type.Integer() }),
})

export const PublishQuery = Type.Object({ dryRun: Type.Optional(Type.Boolean({ default: false })) }, closed)
export const PublishAnswer = Type.Object({
  name: Type.String(),
  version: Type.String(),
  digest: Type.String(),
  bytes: Type.Integer(),
  score: Type.Integer(),
  signed: Type.Boolean(),
  capabilities: Type.Unsafe<Ask>({ type: 'object', additionalProperties: true }),
  warnings: Type.Array(Type.String()),
  isNew: Type.Boolean({ description: 'False: the same bytes were there already, or it was a dry run.' }),
  url: Type.String(),
})
export const Reason = Type.Object({ reason: Type.String({ minLength: 3, maxLength: 500 }) }, closed)

export const LoginBody = Type.Object(
  {
    label: Type.String({ minLength: 1, maxLength: 100, description: 'What the account page calls the token.' }),
    scope: Type.Optional(Type.String({ maxLength: 140, description: '`*`, `@scope/*` or a piece.' })),
    lifetimeMs: Type.Optional(Type.Integer({ minimum: 60_000 })),
    publicKey: Type.Optional(Type.String({ maxLength: 64, description: 'Ed25519, registered with the consent.' })),
  },
  closed,
)
export const LoginAnswer = Type.Object({
  deviceCode: Type.String({ description: 'Secret: it is exchanged for the token.' }),
  userCode: Type.String({ description: 'What the user compares and enters.' }),
  verificationUrl: Type.String(),
  intervalMs: Type.Integer(),
  expiresAt: instant,
})
export const TokenBody = Type.Object({ deviceCode: Type.String({ maxLength: 128 }) }, closed)
export const TokenAnswer = Type.Object({
  token: Type.String(),
  account: Type.String(),
  scope: Type.String(),
  expiresAt: instant,
  keyId: Type.Optional(Type.String()),
})

export const ReportBody = Type.Object(
  {
    reason: literals(REPORT_REASONS),
    version: Type.Optional(Type.String({ maxLength: 64 })),
    detail: Type.String({ minLength: 1, maxLength: 4_000 }),
  },
  closed,
)

const ProblemBody = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    fault: literals(['caller', 'piece', 'host']),
    retry: Type.Boolean(),
    remedy: Type.String(),
    retryAfterMs: Type.Optional(Type.Number()),
    violations: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
    reasons: Type.Optional(Type.Array(Type.String())),
  },
  { description: 'RFC 9457. `code` is stable; `fault` says who has to act.' },
)
/** How a refusal is answered. */
export const Problem = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: ProblemBody } },
} as const
