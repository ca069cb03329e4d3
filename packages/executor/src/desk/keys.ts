/** @module desk/keys: who may call. The state holds a hash of each key; the key itself is shown once, when it is made. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { PieceError } from '../errors.ts'
import { remembered } from '../state/remembered.ts'
import type { State } from '../state.ts'

export const ROLES = ['call', 'deploy', 'grant', 'read'] as const
export type Role = (typeof ROLES)[number]

export interface KeyInfo {
  id: string
  tenant: string
  roles: Role[]
  createdAt: string
}

const TENANT = /^[a-z0-9][a-z0-9_-]{0,63}$/

// apw_<12 hex digits: its name>_<64 hex digits: 256 random bits>
const KEY = /^apw_([0-9a-f]{12})_[0-9a-f]{64}$/
const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest()
const NOBODY = hashOf('')

export type Keys = ReturnType<typeof createKeys>

export function createKeys(state: State) {
  const facts = remembered<boolean>(state, 1)
  return {
    /** Whether a key was ever added: from then on the server asks for one, even where all were revoked. */
    any: (): boolean => facts('any', () => state.get('SELECT 1 FROM keys LIMIT 1') !== undefined),

    async add(tenant: string, roles: readonly Role[]): Promise<KeyInfo & { key: string }> {
      if (!TENANT.test(tenant))
        throw new PieceError('AP_BAD_REQUEST', { detail: `tenant "${tenant}" does not match ${TENANT.source}` })
      const unknown = roles.filter((role) => !ROLES.includes(role))
      if (roles.length === 0 || unknown.length > 0)
        throw new PieceError('AP_BAD_REQUEST', {
          detail: `roles are ${ROLES.join(', ')}; got "${roles.join(', ')}"`,
        })
      const id = randomBytes(6).toString('hex')
      const key = `apw_${id}_${randomBytes(32).toString('hex')}`
      const createdAt = Date.now()
      const kept = ROLES.filter((role) => roles.includes(role))
      await state.commit(() =>
        state.run(
          'INSERT INTO keys (id, hash, tenant, roles, created_at) VALUES (?, ?, ?, ?, ?)',
          id,
          hashOf(key),
          tenant,
          JSON.stringify(kept),
          createdAt,
        ),
      )
      return { id, tenant, roles: kept, createdAt: new Date(createdAt).toISOString(), key }
    },

    list: (): KeyInfo[] => state.all('SELECT * FROM keys WHERE revoked_at IS NULL ORDER BY created_at, id').map(toInfo),

    /** False: there is no such key, or it was revoked before. */
    revoke: async (id: string): Promise<boolean> =>
      (await state.commit(() =>
        state.run('UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', Date.now(), id),
      )) > 0,

    /** The owner of a key. Compares hashes in constant time; an unknown id costs the same. */
    find(key: string): KeyInfo | undefined {
      const id = KEY.exec(key)?.[1]
      const row = id === undefined ? undefined : state.get('SELECT * FROM keys WHERE id = ? AND revoked_at IS NULL', id)
      const same = timingSafeEqual(hashOf(key), (row?.hash as Uint8Array | undefined) ?? NOBODY)
      return row && same ? toInfo(row) : undefined
    },
  }
}

const toInfo = (row: Record<string, unknown>): KeyInfo => ({
  id: String(row.id),
  tenant: String(row.tenant),
  roles: JSON.parse(String(row.roles)),
  createdAt: new Date(Number(row.created_at)).toISOString(),
})
