/**
 * @module desk/grants-book: what each tenant consented to, by piece name. Values of environment variables are encrypted at
 * rest, bound to their tenant, piece and name; nobody is ever shown them again.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type Capabilities, exceeds, type Grants } from '../effects/index.ts'
import { PieceError } from '../errors.ts'
import type { State } from '../state.ts'
import type { Secret } from './secret.ts'

/** What is wanted; `true` keeps the value of a variable that was granted before. Absent: nothing of it. */
export interface WantedGrants extends Partial<Omit<Grants, 'env'>> {
  env?: Readonly<Record<string, string | true>>
}

/** Grants as they may be shown: of variables only the names. */
export interface NamedGrants {
  http: string[]
  env: string[]
  store: Grants['store'][number][]
  files: Grants['files'][number][]
  run: Grants['run'][number][]
}

const NOTHING: Grants = { http: [], env: {}, store: [], files: [], run: [] }
/** All names and values of a piece's variables, as JSON: they travel with each of its calls. */
const ENV_BYTES = 256 * 1024
const NONCE_BYTES = 12
const TAG_BYTES = 16

export const named = ({ http, env, store, files, run }: Grants): NamedGrants => ({
  http: [...http],
  env: Object.keys(env),
  store: [...store],
  files: [...files],
  run: [...run],
})

/** What any of several versions asks. */
const union = (asks: readonly Capabilities[]): Capabilities => ({
  http: asks.flatMap((ask) => ask.http ?? []),
  env: Object.assign({}, ...asks.map((ask) => ask.env ?? {})),
  store: asks.flatMap((ask) => ask.store ?? []),
  files: asks.flatMap((ask) => ask.files ?? []),
  run: asks.flatMap((ask) => ask.run ?? []),
})

export type GrantsBook = ReturnType<typeof createGrantsBook>

export function createGrantsBook(state: State, secret: Secret) {
  const key = secret.keyFor('grants')
  const place = (tenant: string, piece: string, name: string): Buffer => Buffer.from([tenant, piece, name].join('\0'))

  function seal(value: string, about: Buffer): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(about)
    const sealed = [cipher.update(value, 'utf8'), cipher.final()]
    return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]).toString('base64')
  }

  function unseal(sealed: string, about: Buffer): string {
    const bytes = Buffer.from(sealed, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES)).setAAD(about)
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  }

  /** With the values: for the call alone. */
  function granted(tenant: string, piece: string): Grants {
    const row = state.get('SELECT granted, env FROM grants WHERE tenant = ? AND piece = ?', tenant, piece)
    if (!row) return NOTHING
    const sealed = Object.entries(JSON.parse(String(row.env)) as Record<string, string>)
    const env = Object.fromEntries(sealed.map(([name, value]) => [name, unseal(value, place(tenant, piece, name))]))
    return { ...JSON.parse(String(row.granted)), env }
  }

  return {
    granted,

    /** Replaces what was granted; never more than the deployed versions ask for. */
    async set(tenant: string, piece: string, asks: readonly Capabilities[], wanted: WantedGrants): Promise<Grants> {
      const before = granted(tenant, piece)
      const env = Object.entries(wanted.env ?? {}).map(([name, value]) => {
        const kept = value === true ? before.env[name] : value
        if (kept === undefined)
          throw new PieceError('AP_BAD_REQUEST', { detail: `env.${name} is true, but no value was granted before` })
        return [name, kept] as const
      })
      const { env: _, ...lists } = { ...NOTHING, ...wanted }
      const after: Grants = { ...lists, env: Object.fromEntries(env) }
      const envBytes = Buffer.byteLength(JSON.stringify(after.env))
      if (envBytes > ENV_BYTES)
        throw new PieceError('AP_BAD_REQUEST', {
          detail: `env has ${envBytes} bytes in all; at most ${ENV_BYTES} are allowed`,
        })
      const excess = exceeds(after, union(asks))
      if (excess.length > 0) throw new PieceError('AP_GRANT_EXCEEDS_ASK', { grants: excess.join(', ') })

      const sealed = Object.fromEntries(env.map(([name, value]) => [name, seal(value, place(tenant, piece, name))]))
      await state.commit(() =>
        state.run(
          `INSERT INTO grants (tenant, piece, granted, env, updated_at) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET granted = excluded.granted, env = excluded.env, updated_at = excluded.updated_at`,
          tenant,
          piece,
          JSON.stringify(lists),
          JSON.stringify(sealed),
          Date.now(),
        ),
      )
      return after
    },
  }
}
