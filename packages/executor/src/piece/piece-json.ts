/**
 * @module piece/piece-json: what an author writes in piece.json: name and version (nowhere else), and what the piece asks for. The
 * editor's schema (`wit/piece.schema.json`), the type and the check are one.
 */
import Type, { type Static, type TInteger, type TOptional } from 'typebox'
import { parsePattern } from '../effects/grants.ts'
import { Refused } from '../errors.ts'
import { LIMIT_NAMES, LIMITS, type LimitName } from '../limits.ts'
import { collect, Violations } from './violations.ts'

/** `github` or `@acme/github`: no dots, no further slash, so that a name is a path, a package name and a store key as it is. */
const PIECE_NAME = /^(?:@[a-z][a-z0-9-]{0,63}\/)?[a-z][a-z0-9-]{0,63}$/
/** Strictly x.y.z: no pre-release, no build, no leading zeros. */
const PIECE_VERSION = /^(?:0|[1-9][0-9]{0,8})\.(?:0|[1-9][0-9]{0,8})\.(?:0|[1-9][0-9]{0,8})$/
const ENV_NAME = '^[A-Za-z_][A-Za-z0-9_]{0,127}$'

const closed = { additionalProperties: false } as const
const set = { uniqueItems: true } as const

const limitSchemas = Object.fromEntries(
  LIMIT_NAMES.map((name) => {
    const { ceiling, default: usual, doc, unit } = LIMITS[name]
    return [
      name,
      Type.Optional(
        Type.Integer({ minimum: 1, maximum: ceiling, description: `${doc} In ${unit}; ${usual} if absent.` }),
      ),
    ]
  }),
) as Record<LimitName, TOptional<TInteger>>

const fields = {
  name: Type.String({ pattern: PIECE_NAME.source, description: 'The name, with its scope: @acme/github' }),
  version: Type.String({ pattern: PIECE_VERSION.source, description: 'x.y.z' }),
  language: Type.String({ pattern: '^[a-z][a-z0-9+#-]{0,31}$', description: 'rust, go, python, typescript, c …' }),
  license: Type.Optional(Type.String({ maxLength: 256, description: 'An SPDX expression' })),
  tags: Type.Optional(
    Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }), {
      ...set,
      maxItems: 10,
      description: 'Words by which a registry finds it: rss, markdown …',
    }),
  ),
  homepage: Type.Optional(Type.String({ pattern: '^https?://', maxLength: 2048 })),
  repository: Type.Optional(Type.String({ pattern: '^https?://', maxLength: 2048 })),
  capabilities: Type.Optional(
    Type.Object(
      {
        http: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
            ...set,
            maxItems: 100,
            description:
              'Origins: https://api.example.com, https://*.example.com, https://* (any public host), {auth.props.url}',
          }),
        ),
        env: Type.Optional(
          Type.Record(
            Type.String({ pattern: ENV_NAME }),
            Type.Object(
              {
                required: Type.Optional(Type.Boolean({ description: 'true if absent' })),
                description: Type.Optional(Type.String({ maxLength: 1024 })),
              },
              closed,
            ),
            { ...closed, description: 'Variables by name; their values are granted where the piece runs' },
          ),
        ),
        store: Type.Optional(Type.Array(Type.Enum(['flow', 'project']), set)),
        files: Type.Optional(Type.Array(Type.Enum(['read', 'write']), set)),
        run: Type.Optional(Type.Array(Type.Enum(['respond', 'stop', 'wait']), set)),
      },
      closed,
    ),
  ),
  limits: Type.Optional(Type.Object(limitSchemas, closed)),
}

export const PIECE_JSON = Type.Object({ $schema: Type.Optional(Type.String()), ...fields }, closed)
export type PieceJson = Static<typeof PIECE_JSON>
/** The fields that an artifact carries: all but the editor's `$schema`. */
export const PIECE_FIELDS = fields

/** What a piece asks for, with nothing left open. */
export interface Ask {
  http: string[]
  env: Record<string, { required: boolean; description?: string }>
  store: ('flow' | 'project')[]
  files: ('read' | 'write')[]
  run: ('respond' | 'stop' | 'wait')[]
}

export function askOf(piece: Pick<PieceJson, 'capabilities'>): Ask {
  const { http = [], env = {}, store = [], files = [], run = [] } = piece.capabilities ?? {}
  return {
    http: [...http],
    env: Object.fromEntries(
      Object.entries(env).map(([name, one]) => [name, { ...one, required: one.required ?? true }]),
    ),
    store: [...store],
    files: [...files],
    run: [...run],
  }
}

/** Adds what a schema cannot say: whose words a bad name needs, and what an origin is. */
export function collectPieceJson(violations: Violations, value: Record<string, unknown>): void {
  const { name, version } = value
  if (typeof name === 'string' && !PIECE_NAME.test(name))
    violations.add(
      ['name'],
      `"${name.slice(0, 100)}" is no name: a-z, then a-z, 0-9 and -, up to 64; @scope/ may stand before it`,
    )
  if (typeof version === 'string' && !PIECE_VERSION.test(version))
    violations.add(['version'], `"${version.slice(0, 100)}" is not x.y.z`)
  const http = (value.capabilities as { http?: unknown } | null | undefined)?.http
  if (!Array.isArray(http)) return
  http.forEach((pattern: unknown, i) => {
    if (typeof pattern !== 'string') return
    try {
      parsePattern(pattern)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      for (const reason of error.reasons) violations.add(['capabilities', 'http', i], reason)
    }
  })
}

/** Every violation of a piece.json, as read from its file. */
export function checkPieceJson(value: unknown): Violations {
  const violations = new Violations()
  if (typeof value === 'object' && value !== null) collectPieceJson(violations, value as Record<string, unknown>)
  collect(violations, PIECE_JSON, value)
  return violations
}
