/** @module auth: the connections that a piece can ask for, in Activepieces' words. */
import type { Property, PropsValue } from './property.ts'

/** The answer of `validate`. */
export type Validity = { valid: true } | { valid: false; error: string }

/** A connection's own properties; a `PieceAuth.SecretText` among them is a text that is never shown again. */
export type AuthProperties = Record<string, Property | SecretTextAuth>

/** What every connection can check and tell; `auth` is the bare value: the text, the props, or the whole OAuth2 value. */
interface Checks<Bare> {
  /** Asked when somebody connects. */
  validate?: (context: { auth: Bare }) => Promise<Validity>
  /** A name by which a person recognises the connection: an account, an address. */
  getConnectionIdentifier?: (context: { auth: Bare }) => Promise<string>
}

interface Common {
  displayName: string
  description?: string
  required: boolean
}

export interface SecretTextValue {
  type: 'SECRET_TEXT'
  secret_text: string
}
export interface BasicAuthValue {
  type: 'BASIC_AUTH'
  username: string
  password: string
}
export interface CustomAuthValue<P> {
  type: 'CUSTOM_AUTH'
  props: P
}
export interface OidcValue<P> {
  type: 'OIDC'
  props: P
}
export interface OAuth2Value<P = Record<string, unknown>> {
  type: 'OAUTH2' | 'CLOUD_OAUTH2' | 'PLATFORM_OAUTH2'
  access_token: string
  token_type?: string
  expires_in?: number
  claimed_at: number
  refresh_token?: string
  token_url: string
  scope: string
  props?: P
  data: Record<string, unknown>
}

/** One connection that a piece accepts; `Value` is what `context.auth` holds at run time. */
export interface Auth<Value = unknown> extends Common {
  type: 'SECRET_TEXT' | 'BASIC_AUTH' | 'CUSTOM_AUTH' | 'OAUTH2' | 'OIDC'
  /** Carries the type only. */
  readonly valueSchema?: Value
}

export interface SecretTextAuth extends Auth<SecretTextValue>, Checks<string> {
  type: 'SECRET_TEXT'
}
export interface BasicAuth extends Auth<BasicAuthValue>, Checks<{ username: string; password: string }> {
  type: 'BASIC_AUTH'
  username: { displayName: string; description?: string }
  password: { displayName: string; description?: string }
}
export interface CustomAuth<P extends AuthProperties>
  extends Auth<CustomAuthValue<PropsValue<P>>>,
    Checks<PropsValue<P>> {
  type: 'CUSTOM_AUTH'
  props: P
  /** Makes a short-lived token out of the connection; the caller keeps it and asks again when it has expired. */
  refresh?: {
    generate: (context: { auth: PropsValue<P> }) => Promise<{ access_token: string; expires_in?: number }>
    defaultExpiresIn?: number
  }
}
export interface OAuth2<P extends AuthProperties = Record<never, never>>
  extends Auth<OAuth2Value<PropsValue<P>>>,
    Checks<OAuth2Value<PropsValue<P>>> {
  type: 'OAUTH2'
  authUrl: string
  tokenUrl: string
  scope: string[]
  prompt?: 'none' | 'consent' | 'login' | 'omit'
  pkce?: boolean
  pkceMethod?: 'plain' | 'S256'
  authorizationMethod?: 'HEADER' | 'BODY'
  grantType?: 'authorization_code' | 'client_credentials' | 'both_client_credentials_and_authorization_code'
  extra?: Record<string, string>
  props?: P
}
export interface Oidc<P extends AuthProperties = Record<never, never>>
  extends Auth<OidcValue<PropsValue<P>>>,
    Checks<PropsValue<P>> {
  type: 'OIDC'
  props?: P
}

/** What an action or a piece may be given as `auth`. */
export type AuthParam = Auth | readonly Auth[] | undefined

/** The value of `context.auth` for a connection, one of several, or none. */
export type AuthValue<A> = A extends readonly (infer E)[]
  ? AuthValue<E>
  : A extends { valueSchema?: infer V }
    ? NonNullable<V>
    : undefined

const typed =
  <T extends Auth>(type: T['type']) =>
  (options: Omit<T, 'type' | 'valueSchema'>): T =>
    ({ type, ...options }) as unknown as T

/** The connections that a piece can ask for. */
export const PieceAuth = {
  /** One secret: an API key, a token. */
  SecretText: typed<SecretTextAuth>('SECRET_TEXT'),
  /** A user name and a password. */
  BasicAuth: typed<BasicAuth>('BASIC_AUTH'),
  /** Properties of your own; may say how to make a short-lived token out of them. */
  CustomAuth: <P extends AuthProperties>(options: Omit<CustomAuth<P>, 'type' | 'valueSchema'>): CustomAuth<P> => ({
    type: 'CUSTOM_AUTH',
    ...options,
  }),
  /** OAuth 2; the token is refreshed before the piece is called. */
  OAuth2: <P extends AuthProperties = Record<never, never>>(
    options: Omit<OAuth2<P>, 'type' | 'valueSchema' | 'displayName'> & { displayName?: string },
  ): OAuth2<P> => ({ type: 'OAUTH2', displayName: 'Connection', ...options }),
  /** OpenID Connect: the caller identifies itself by a signed token. */
  OIDC: <P extends AuthProperties = Record<never, never>>(
    options: Omit<Oidc<P>, 'type' | 'valueSchema' | 'displayName'> & { displayName?: string },
  ): Oidc<P> => ({ type: 'OIDC', displayName: 'Connection', ...options }),
  /** No connection. */
  None: (): undefined => undefined,
}

/** The bare value that `validate` and its kin are handed. */
export function bareValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('type' in value)) return value
  switch (value.type) {
    case 'SECRET_TEXT':
      return (value as SecretTextValue).secret_text
    case 'BASIC_AUTH': {
      const { username, password } = value as BasicAuthValue
      return { username, password }
    }
    case 'CUSTOM_AUTH':
    case 'OIDC':
      return (value as CustomAuthValue<unknown>).props
    default:
      return value
  }
}
