import { expect, test } from 'vitest'
import { DESCRIPTION } from '../../../test/fixture.ts'
import { checkDescription } from './description.ts'

const ACTION = { displayName: 'A', description: '', props: {}, requireAuth: false }
const TRIGGER = { ...ACTION, type: 'POLLING', sampleData: null, testStrategy: 'TEST_FUNCTION' }
const TEXT = { type: 'SHORT_TEXT', displayName: 'T', required: true }
const withAction = (more: object): object => ({ ...DESCRIPTION, actions: { a: { ...ACTION, ...more } } })
const withProp = (more: object): object => withAction({ props: { p: { ...TEXT, ...more } } })
const withTrigger = (more: object): object => ({ ...DESCRIPTION, triggers: { t: { ...TRIGGER, ...more } } })
const withAuth = (...auth: object[]): object => ({ ...DESCRIPTION, auth })
const OPTIONS = { options: { options: [{ label: 'A', value: 'a' }] } }

const accepted: [name: string, value: unknown][] = [
  ['the fixture', DESCRIPTION],
  ['MessagePack', { ...DESCRIPTION, encoding: 'msgpack' }],
  ['categories and a logo', { ...DESCRIPTION, categories: ['CORE', 'MARKETING'], logoUrl: 'https://x/y.png' }],
  [
    'all kinds of connections',
    withAuth(
      { type: 'SECRET_TEXT', displayName: 'S' },
      { type: 'BASIC_AUTH', username: { displayName: 'U' }, password: { displayName: 'P', description: 'x' } },
      { type: 'CUSTOM_AUTH', props: { k: { ...TEXT, type: 'SECRET_TEXT' } }, refresh: { defaultExpiresIn: 60 } },
      { type: 'OAUTH2', authUrl: 'https://a', tokenUrl: 'https://t', scope: ['x'], pkce: true, extra: { a: 'b' } },
      { type: 'OIDC', props: {} },
    ),
  ],
  ['a default', withProp({ defaultValue: 'x' })],
  ['a default that is an option', withProp({ type: 'STATIC_DROPDOWN', ...OPTIONS, defaultValue: 'a' })],
  [
    'refreshers',
    withAction({
      props: { a: TEXT, d: { ...TEXT, type: 'DROPDOWN', refreshers: ['auth', 'a'], refreshOnSearch: true } },
    }),
  ],
  [
    'a list of records',
    withProp({ type: 'ARRAY', properties: { x: TEXT, d: { ...TEXT, type: 'DROPDOWN', refreshers: ['x'] } } }),
  ],
  ['dynamic properties', withProp({ type: 'DYNAMIC', refreshers: [] })],
  [
    'an output in Activepieces’ shape',
    withAction({
      outputSchema: {
        fields: [{ key: 'a', format: 'url', children: [{ key: 'b', listItems: [{ key: 'c' }] }] }],
        itemLabel: 'x',
      },
    }),
  ],
  [
    'an output in JSON Schema',
    withAction({
      outputJsonSchema: { type: 'object' },
      sampleOutput: { a: 1 },
      audience: 'ai',
      aiMetadata: { idempotent: true },
    }),
  ],
  [
    'error handling',
    withAction({ errorHandlingOptions: { retryOnFailure: { defaultValue: true }, continueOnFailure: { hide: true } } }),
  ],
  [
    'a webhook',
    withTrigger({
      type: 'WEBHOOK',
      handshakeConfiguration: { strategy: 'HEADER_PRESENT', paramName: 'x' },
      renewConfiguration: { strategy: 'CRON', cronExpression: '0 0 * * *' },
    }),
  ],
  ['no renewal', withTrigger({ renewConfiguration: { strategy: 'NONE' } })],
]
test.each(accepted)('accepted: %s', (_name, value) => {
  expect(checkDescription(value)).toEqual([])
})

const refused: [name: string, value: unknown, ...reasons: string[]][] = [
  ['nothing', null, 'the whole: must be an object'],
  ['another contract', { ...DESCRIPTION, contract: '0.2' }, 'contract: must be "0.1"'],
  ['another encoding', { ...DESCRIPTION, encoding: 'xml' }, 'encoding: must be one of json, msgpack'],
  ['an unknown key', { ...DESCRIPTION, icon: 'x' }, 'icon: is not a known key'],
  ['no name', { ...DESCRIPTION, displayName: undefined }, 'displayName: must be text'],
  [
    'an unknown category',
    { ...DESCRIPTION, categories: ['FUN'] },
    expect.stringMatching(/^categories\[0\]: must be one of/) as unknown as string,
  ],
  [
    'a name of an action',
    { ...DESCRIPTION, actions: { 'a b': ACTION, '../x': ACTION } },
    'actions["a b"]: is no name: a letter or _, then up to 63 letters, digits, _ or -',
    'actions["../x"]: is no name: a letter or _, then up to 63 letters, digits, _ or -',
  ],
  [
    'an action without its parts',
    { ...DESCRIPTION, actions: { a: {} } },
    'actions.a.displayName: is missing',
    'actions.a.description: is missing',
    'actions.a.props: is missing',
    'actions.a.requireAuth: is missing',
  ],
  ['an action that is none', { ...DESCRIPTION, actions: { a: 5 } }, 'actions.a: must be an object'],
  [
    'an unknown type',
    withProp({ type: 'TEXT' }),
    expect.stringMatching(/^actions\.a\.props\.p\.type: must be one of SHORT_TEXT/) as unknown as string,
  ],
  ['an unknown key of a property', withProp({ placeholder: 'x' }), 'actions.a.props.p.placeholder: is not a known key'],
  [
    'a property without a name',
    withProp({ displayName: '' }),
    expect.stringMatching(/^actions\.a\.props\.p\.displayName/) as unknown as string,
  ],
  ['a reserved name', withAction({ props: { auth: TEXT } }), 'actions.a.props.auth: is reserved for the connection'],
  ['a dropdown without options', withProp({ type: 'STATIC_DROPDOWN' }), 'actions.a.props.p.options: is missing'],
  ['a dropdown without refreshers', withProp({ type: 'DROPDOWN' }), 'actions.a.props.p.refreshers: is missing'],
  [
    'a refresher that does not exist',
    withProp({ type: 'DROPDOWN', refreshers: ['zz'] }),
    'actions.a.props.p.refreshers[0]: "zz" is neither "auth" nor another property here',
  ],
  [
    'a refresher that is itself',
    withProp({ type: 'DYNAMIC', refreshers: ['p'] }),
    'actions.a.props.p.refreshers[0]: "p" is neither "auth" nor another property here',
  ],
  [
    'a default of another type',
    withProp({ type: 'NUMBER', defaultValue: 'x' }),
    'actions.a.props.p.defaultValue: expected a number, got a text that is none',
  ],
  [
    'a default that is no option',
    withProp({ type: 'STATIC_DROPDOWN', ...OPTIONS, defaultValue: 'b' }),
    'actions.a.props.p.defaultValue: is none of the options: "a"',
  ],
  [
    'a file as a default',
    withProp({ type: 'FILE', defaultValue: { filename: 'a', data: '' } }),
    'actions.a.props.p.defaultValue: a file cannot be a default',
  ],
  [
    'a list in a list',
    withProp({ type: 'ARRAY', properties: { x: { ...TEXT, type: 'ARRAY' } } }),
    expect.stringMatching(/^actions\.a\.props\.p\.properties\.x\.type/) as unknown as string,
  ],
  [
    'a secret as a property',
    withProp({ type: 'SECRET_TEXT' }),
    expect.stringMatching(/^actions\.a\.props\.p\.type/) as unknown as string,
  ],
  [
    'a connection twice',
    withAuth({ type: 'OIDC' }, { type: 'OIDC' }),
    'auth[1].type: OIDC is declared twice; each type once',
  ],
  [
    'an unknown connection',
    withAuth({ type: 'MAGIC' }),
    'auth[0].type: must be one of SECRET_TEXT, BASIC_AUTH, CUSTOM_AUTH, OAUTH2, OIDC',
  ],
  [
    'OAuth2 without addresses',
    withAuth({ type: 'OAUTH2', scope: [] }),
    'auth[0].authUrl: is missing',
    'auth[0].tokenUrl: is missing',
  ],
  [
    'a file in a connection',
    withAuth({ type: 'CUSTOM_AUTH', props: { f: { ...TEXT, type: 'FILE' } } }),
    expect.stringMatching(/^auth\[0\]\.props\.f\.type/) as unknown as string,
  ],
  [
    'an output field without its key',
    withAction({ outputSchema: { fields: [{ key: 'a', children: [{}] }, {}] } }),
    'actions.a.outputSchema.fields[1].key: is missing',
    'actions.a.outputSchema.fields[0].children[0].key: is missing',
  ],
  [
    'an unknown kind of trigger',
    withTrigger({ type: 'PUSH' }),
    'triggers.t.type: must be one of POLLING, WEBHOOK, APP_WEBHOOK, MANUAL',
  ],
  [
    'a handshake without its parameter',
    withTrigger({ type: 'WEBHOOK', handshakeConfiguration: { strategy: 'QUERY_PRESENT' } }),
    'triggers.t.handshakeConfiguration.paramName: is needed by QUERY_PRESENT',
  ],
  [
    'a handshake without a webhook',
    withTrigger({ handshakeConfiguration: { strategy: 'HEADER_PRESENT', paramName: 'x' } }),
    'triggers.t.handshakeConfiguration: a POLLING trigger has no webhook to shake hands with',
  ],
  [
    'a wrong cron',
    withTrigger({ renewConfiguration: { strategy: 'CRON', cronExpression: '* * *' } }),
    'triggers.t.renewConfiguration.cronExpression: "* * *" is no cron expression of five fields',
  ],
  [
    'a renewal without its cron',
    withTrigger({ renewConfiguration: { strategy: 'CRON' } }),
    'triggers.t.renewConfiguration.cronExpression: is missing',
  ],
  [
    'an unknown renewal',
    withTrigger({ renewConfiguration: { strategy: 'DAILY' } }),
    'triggers.t.renewConfiguration.strategy: must be one of NONE, CRON',
  ],
]
test.each(refused)('refused: %s', (_name, value, ...reasons) => {
  // Through JSON, as it comes out of a piece.
  const said = checkDescription(JSON.parse(JSON.stringify(value, (_, one) => (one === undefined ? null : one))))
  expect(said).toEqual(reasons)
})

test('a thousand faults are not a thousand sentences', () => {
  const actions = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`a${i}`, {}]))
  const said = checkDescription({ ...DESCRIPTION, actions })
  expect(said.length).toBeGreaterThan(90)
  expect(said.length).toBeLessThanOrEqual(101)
})
