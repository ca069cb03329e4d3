/**
 * @module passkeys/ceremony: WebAuthn (https://www.w3.org/TR/webauthn-3/): what a browser is asked to do with a passkey, and
 * whether what it answers holds. A passkey here stands for the password, so its authenticator has to check its user.
 */
import { isIP } from 'node:net'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Account } from '../catalog/accounts.ts'
import type { Passkeys } from '../catalog/passkeys.ts'
import { RegistryError } from '../errors.ts'

/** Who asks, as browsers see it. */
export interface Site {
  /** A passkey belongs to a host. */
  host: string
  origin: string
  title: string
}

const TIMEOUT_MS = 120_000
const TRANSPORTS = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])
/** It brings readers of every kind of certificate: for whoever uses a passkey. */
const webAuthn = () => import('@simplewebauthn/server')
type Transports = NonNullable<RegistrationResponseJSON['response']['transports']>

/** Undefined: browsers know passkeys for hosts with a name and for https alone, and for localhost. */
export function siteOf(publicUrl: string, title: string): Site | undefined {
  const { hostname, origin, protocol } = new URL(publicUrl)
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined
  if (protocol !== 'https:' && hostname !== 'localhost' && !hostname.endsWith('.localhost')) return undefined
  return { host: hostname, origin, title }
}

export async function askToRegister(
  passkeys: Passkeys,
  { host, title }: Site,
  account: Account,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await webAuthn()
  const held = await passkeys.list(account.id)
  const options = await generateRegistrationOptions({
    ...{ rpID: host, rpName: title, timeout: TIMEOUT_MS, attestationType: 'none' },
    ...{ userID: new Uint8Array(Buffer.from(account.id)), userName: account.name },
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: held.map(({ id, transports }) => ({ id, transports: transports as Transports })),
  })
  await passkeys.challenge(options.challenge, account.id)
  return options
}

export async function register(
  passkeys: Passkeys,
  site: Site,
  account: Account,
  label: string,
  response: unknown,
): Promise<void> {
  const { verifyRegistrationResponse } = await webAuthn()
  const { registrationInfo } = await held(() =>
    verifyRegistrationResponse({
      response: response as RegistrationResponseJSON,
      expectedChallenge: (challenge) => passkeys.takeChallenge(challenge, account.id),
      ...{ expectedOrigin: site.origin, expectedRPID: site.host, requireUserVerification: true },
    }),
  )
  if (!registrationInfo) throw new RegistryError('AR_PASSKEY_REFUSED', { detail: 'the authenticator did not make one' })
  const { id, publicKey, counter, transports = [] } = registrationInfo.credential
  await passkeys.add({
    ...{ id, accountId: account.id, label, publicKey, counter },
    transports: transports.filter((one) => TRANSPORTS.has(one)),
  })
}

/** Nobody is named: the authenticator offers whom it knows for this host. */
export async function askToSignIn(passkeys: Passkeys, { host }: Site): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await webAuthn()
  const options = await generateAuthenticationOptions({
    ...{ rpID: host, timeout: TIMEOUT_MS, userVerification: 'required' },
  })
  await passkeys.challenge(options.challenge)
  return options
}

export async function signInWith(passkeys: Passkeys, site: Site, response: unknown): Promise<Account> {
  const { id } = (response ?? {}) as { id?: unknown }
  const found = typeof id === 'string' && id.length <= 2_000 ? await passkeys.find(id) : undefined
  if (!found) throw new RegistryError('AR_PASSKEY_REFUSED', { detail: 'no account has this passkey' })
  const { passkey, account } = found
  const { verifyAuthenticationResponse } = await webAuthn()
  const { authenticationInfo } = await held(() =>
    verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON,
      expectedChallenge: (challenge) => passkeys.takeChallenge(challenge),
      ...{ expectedOrigin: site.origin, expectedRPID: site.host, requireUserVerification: true },
      credential: { id: passkey.id, publicKey: passkey.publicKey, counter: passkey.counter },
    }),
  )
  await passkeys.used(passkey.id, authenticationInfo.newCounter)
  return account
}

/** What the library throws says what does not fit, and is the visitor's to read. */
async function held<T extends { verified: boolean }>(verify: () => Promise<T>): Promise<T> {
  const answer = await verify().catch((error: unknown) => {
    if (error instanceof RegistryError) throw error
    throw new RegistryError('AR_PASSKEY_REFUSED', { detail: (error as Error).message.slice(0, 300) }, { cause: error })
  })
  if (!answer.verified) throw new RegistryError('AR_PASSKEY_REFUSED', { detail: 'its signature does not hold' })
  return answer
}
