/** @module desk/secret: the one secret of an executor, and the keys that are derived from it for each purpose. */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PieceError } from '../errors.ts'
import { type State, storageError } from '../state.ts'

export type Purpose = 'grants' | 'files'

export interface Secret {
  keyFor(purpose: Purpose): Buffer
}

/** Of the settings, or the file in the data folder, which is made at the first start. */
export async function openSecret(state: State, given: string): Promise<Secret> {
  const secret = given === '' ? ownSecret(join(state.folder, 'secret')) : given
  const derived = (purpose: Purpose): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `ap-wasm ${purpose} 1`, 32))
  const keys: Record<Purpose, Buffer> = { grants: derived('grants'), files: derived('files') }
  const keyFor = (purpose: Purpose): Buffer => keys[purpose]
  await checkUnchanged(state, createHmac('sha256', keyFor('grants')).update('check').digest('hex'))
  return { keyFor }
}

function ownSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const secret = randomBytes(32).toString('hex')
  try {
    writeFileSync(path, secret, { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    throw storageError(error, 'the secret')
  }
  return secret
}

/** Another secret could not read what was granted: better said at the start than at a call. */
async function checkUnchanged(state: State, check: string): Promise<void> {
  const known = state.get("SELECT value FROM facts WHERE name = 'secret'")?.value
  if (known === undefined) await state.commit(() => state.run("INSERT INTO facts VALUES ('secret', ?)", check))
  else if (known !== check)
    throw new PieceError('AP_SETTING_INVALID', {
      setting: 'AP_WASM_SECRET',
      value: '…',
      expected: `the secret that ${state.folder} was made with: it encrypts the granted values`,
    })
}
