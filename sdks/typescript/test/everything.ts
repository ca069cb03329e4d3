/** A piece that uses every property, every connection and every kind of trigger; for tests. */
import {
  createAction,
  createPiece,
  createTrigger,
  Failure,
  PieceAuth,
  PieceCategory,
  Property,
  TriggerStrategy,
  WebhookHandshakeStrategy,
} from '../src/index.ts'

export const secret = PieceAuth.SecretText({
  displayName: 'Token',
  required: true,
  validate: async ({ auth }) =>
    auth === 'good' ? { valid: true } : { valid: false, error: 'the token is not accepted' },
  getConnectionIdentifier: async ({ auth }) => `token of ${auth.length} characters`,
})
export const basic = PieceAuth.BasicAuth({
  displayName: 'Login',
  required: true,
  username: { displayName: 'Name' },
  password: { displayName: 'Password' },
})
export const custom = PieceAuth.CustomAuth({
  displayName: 'Own server',
  required: true,
  props: {
    url: Property.ShortText({ displayName: 'URL', required: true }),
    key: PieceAuth.SecretText({ displayName: 'Key', required: true }),
  },
  refresh: {
    defaultExpiresIn: 60,
    generate: async ({ auth }) => ({ access_token: `${auth.key}@${auth.url}`, expires_in: 30 }),
  },
})
export const oauth2 = PieceAuth.OAuth2({
  required: true,
  authUrl: 'https://example.com/authorize',
  tokenUrl: 'https://example.com/token',
  scope: ['read'],
})
export const oidc = PieceAuth.OIDC({
  required: true,
  props: { audience: Property.ShortText({ displayName: 'Audience', required: false }) },
})
export const auth = [secret, basic, custom, oauth2, oidc]

export const props = {
  short: Property.ShortText({ displayName: 'Short', required: true, defaultValue: 'x' }),
  long: Property.LongText({ displayName: 'Long', required: false }),
  rich: Property.RichText({ displayName: 'Rich', required: false }),
  note: Property.MarkDown({ value: '**Read** me' }),
  number: Property.Number({ displayName: 'Number', required: false }),
  check: Property.Checkbox({ displayName: 'Check', required: false }),
  moment: Property.DateTime({ displayName: 'Moment', required: false }),
  span: Property.DateRange({ displayName: 'Span', required: false }),
  color: Property.Color({ displayName: 'Color', required: false }),
  file: Property.File({ displayName: 'File', required: false }),
  json: Property.Json({ displayName: 'JSON', required: false }),
  object: Property.Object({ displayName: 'Object', required: false }),
  list: Property.Array({ displayName: 'List', required: false }),
  rows: Property.Array({
    displayName: 'Rows',
    required: false,
    properties: {
      name: Property.ShortText({ displayName: 'Name', required: true }),
      kind: Property.Dropdown({
        displayName: 'Kind',
        required: false,
        refreshers: [],
        options: async () => ({ options: [{ label: 'One', value: 1 }] }),
      }),
    },
  }),
  mode: Property.StaticDropdown({
    displayName: 'Mode',
    required: true,
    defaultValue: 'fast',
    options: {
      options: [
        { label: 'Fast', value: 'fast' },
        { label: 'Slow', value: 'slow' },
      ],
    },
  }),
  modes: Property.StaticMultiSelectDropdown({
    displayName: 'Modes',
    required: false,
    options: { options: [{ label: 'A', value: 1 }] },
  }),
  city: Property.Dropdown({
    displayName: 'City',
    required: false,
    auth,
    refreshers: ['mode'],
    refreshOnSearch: true,
    options: async ({ auth, mode }, { searchValue }) => {
      if (auth === undefined) return { disabled: true, options: [], placeholder: 'connect first' }
      return { options: [{ label: `${mode} ${searchValue}`, value: 7 }] }
    },
  }),
  cities: Property.MultiSelectDropdown({
    displayName: 'Cities',
    required: false,
    refreshers: [],
    options: async () => ({ options: [{ label: 'Rome', value: 'rome' }] }),
  }),
  fields: Property.DynamicProperties({
    displayName: 'Fields',
    required: false,
    refreshers: ['mode'],
    props: async ({ mode }) => ({
      size: Property.Number({ displayName: `Size (${mode})`, required: true }),
      unit: Property.Dropdown({
        displayName: 'Unit',
        required: false,
        refreshers: [],
        options: async () => ({ options: [{ label: 'Metre', value: 'm' }] }),
      }),
    }),
  }),
}

const all = createAction({
  name: 'all',
  displayName: 'All properties',
  description: 'Answers with what it was handed.',
  auth,
  props,
  errorHandlingOptions: { retryOnFailure: { defaultValue: true }, continueOnFailure: { hide: true } },
  outputSchema: { fields: [{ key: 'short', label: 'Short' }], itemLabel: 'thing' },
  outputJsonSchema: { type: 'object' },
  sampleOutput: { short: 'x' },
  audience: 'both',
  aiMetadata: { description: 'Echoes.', idempotent: true },
  run: ({ propsValue, auth }) => ({ ...propsValue, file: propsValue.file?.base64, auth: auth.type }),
})

const steps = createAction({
  name: 'steps',
  displayName: 'Steps of a run',
  requireAuth: false,
  props: { what: Property.ShortText({ displayName: 'What', required: true }) },
  async run({ run, propsValue: { what }, executionType, resumePayload, store, files, step, project }) {
    if (executionType === 'RESUME') return { resumed: resumePayload }
    if (what === 'respond') run.respond({ response: { status: 201, body: { a: 1 } } })
    if (what === 'stop') run.stop()
    if (what === 'delay') {
      const waitpoint = await run.createWaitpoint({ type: 'DELAY', resumeDateTime: '2026-01-01T00:00:00Z' })
      run.waitForWaitpoint(waitpoint.id)
    }
    if (what === 'webhook') {
      const waitpoint = await run.createWaitpoint({ type: 'WEBHOOK', responseToSend: { body: 'wait' } })
      run.waitForWaitpoint(waitpoint.id)
      return waitpoint.buildResumeUrl({ queryParams: { go: 'on' } })
    }
    if (what === 'refuse') throw new Failure('no_such_thing', 'There is none.', { retryAfterMs: 0, detail: { what } })
    if (what === 'store') {
      await store.put('a', { n: 1 })
      await store.put('b', 2, 'COLLECTION')
      return [await store.get('a'), await store.get('b'), await store.get('b', 'COLLECTION'), await store.keys()]
    }
    if (what === 'files') return files.write({ fileName: 'a.csv', data: 'x,y' })
    return { id: run.id, step: step.name, project: project.id }
  },
})

const noop = async () => {}

const webhook = createTrigger({
  name: 'webhook',
  displayName: 'Webhook',
  requireAuth: false,
  type: TriggerStrategy.WEBHOOK,
  props: {},
  sampleData: { id: 1 },
  handshakeConfiguration: { strategy: WebhookHandshakeStrategy.QUERY_PRESENT, paramName: 'challenge' },
  renewConfiguration: { strategy: 'CRON', cronExpression: '0 0 * * *' },
  onEnable: async ({ webhookUrl, store }) => {
    await store.put('url', webhookUrl)
  },
  onDisable: noop,
  onHandshake: async ({ payload }) => ({ body: payload.queryParams.challenge }),
  run: async ({ payload }) => [payload.body],
})

const app = createTrigger({
  name: 'app',
  displayName: 'App event',
  requireAuth: false,
  type: TriggerStrategy.APP_WEBHOOK,
  props: {},
  sampleData: null,
  onEnable: async ({ app }) => app.createListeners({ events: ['created'], identifierValue: 'team-1' }),
  onDisable: noop,
  run: async ({ payload }) => [payload.body],
})

const polling = createTrigger({
  name: 'poll',
  displayName: 'Poll',
  requireAuth: false,
  type: TriggerStrategy.POLLING,
  props: {},
  sampleData: {},
  onEnable: async ({ setSchedule }) => setSchedule({ cronExpression: '*/5 * * * *', timezone: 'UTC' }),
  onDisable: noop,
  run: async () => [1, 2, 3, 4, 5, 6, 7],
})

const manual = createTrigger({
  name: 'manual',
  displayName: 'By hand',
  requireAuth: false,
  type: TriggerStrategy.MANUAL,
  props: {},
  sampleData: { by: 'hand' },
  onEnable: noop,
  onDisable: noop,
  run: async () => [],
})

export const everything = createPiece({
  displayName: 'Everything',
  description: 'All that a piece can be.',
  logoUrl: 'https://example.com/logo.png',
  authors: ['ann'],
  categories: [PieceCategory.DEVELOPER_TOOLS],
  auth,
  actions: [all, steps],
  triggers: [webhook, app, polling, manual],
  events: {
    parseAndReply: ({ payload }) =>
      payload.queryParams.challenge
        ? { reply: { body: payload.queryParams.challenge } }
        : { event: 'created', identifierValue: String((payload.body as { team: string }).team) },
    verify: ({ payload, webhookSecret }) => payload.headers.signature === webhookSecret,
  },
})
