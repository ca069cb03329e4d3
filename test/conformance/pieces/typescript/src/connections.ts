import { createAction, PieceAuth, Property } from '@ap-wasm/piece'

const secret = PieceAuth.SecretText({
  displayName: 'Token',
  description: 'A token.',
  required: true,
  validate: async ({ auth }) =>
    auth === 'good' ? { valid: true } : { valid: false, error: 'the token is not accepted' },
  getConnectionIdentifier: async ({ auth }) => `token of ${auth.length} characters`,
})

const basic = PieceAuth.BasicAuth({
  displayName: 'Login',
  required: true,
  username: { displayName: 'Name' },
  password: { displayName: 'Password', description: 'Not your birthday.' },
  validate: async ({ auth }) =>
    auth.username === 'ann' && auth.password === 'secret'
      ? { valid: true }
      : { valid: false, error: `${auth.username} may not come in` },
  getConnectionIdentifier: async ({ auth }) => auth.username,
})

const custom = PieceAuth.CustomAuth({
  displayName: 'Own server',
  required: true,
  props: {
    url: Property.ShortText({ displayName: 'URL', required: true }),
    key: PieceAuth.SecretText({ displayName: 'Key', required: true }),
    region: Property.StaticDropdown({
      displayName: 'Region',
      required: false,
      defaultValue: 'eu',
      options: {
        options: [
          { label: 'Europe', value: 'eu' },
          { label: 'America', value: 'us' },
        ],
      },
    }),
  },
  validate: async ({ auth }) =>
    auth.key === 'good' ? { valid: true } : { valid: false, error: `the key does not open ${auth.url}` },
  getConnectionIdentifier: async ({ auth }) => auth.url,
  refresh: {
    defaultExpiresIn: 60,
    generate: async ({ auth }) => ({ access_token: `${auth.key}@${auth.url}`, expires_in: 30 }),
  },
})

const oauth2 = PieceAuth.OAuth2({
  displayName: 'Account',
  required: true,
  authUrl: 'https://example.com/authorize',
  tokenUrl: 'https://example.com/token',
  scope: ['read', 'write'],
  pkce: true,
  props: { tenant: Property.ShortText({ displayName: 'Tenant', required: false }) },
  validate: async ({ auth }) =>
    auth.access_token === 'good' ? { valid: true } : { valid: false, error: 'the account is locked' },
})

const oidc = PieceAuth.OIDC({
  displayName: 'Identity',
  required: true,
  props: { audience: Property.ShortText({ displayName: 'Audience', required: false }) },
})

export const auth = [secret, basic, custom, oauth2, oidc]

export const connection = createAction({
  name: 'connection',
  displayName: 'Connection',
  description: 'Answers with the connection that it was handed.',
  auth,
  props: {},
  run({ auth }) {
    switch (auth.type) {
      case 'SECRET_TEXT':
        return { type: auth.type, value: auth.secret_text }
      case 'BASIC_AUTH':
        return { type: auth.type, value: { username: auth.username, password: auth.password } }
      case 'CUSTOM_AUTH':
      case 'OIDC':
        return { type: auth.type, value: auth.props }
      default:
        return { type: auth.type, value: { access_token: auth.access_token, tenant: auth.props?.tenant ?? null } }
    }
  },
})
