import {
  createTrigger,
  DedupeStrategy,
  type Events,
  type Polling,
  Property,
  pollingHelper,
  TriggerStrategy,
  WebhookHandshakeStrategy,
} from '@ap-wasm/piece'

const noop = async () => {}
const polled = {
  items: Property.Json({ displayName: 'Items', description: 'What the source answers.', required: false }),
}

type Items = { items: Property<Polled[], false> }
interface Polled {
  at: number
  id: unknown
  data: unknown
}
const byTime: Polling<undefined, Items> = {
  strategy: DedupeStrategy.TIMEBASED,
  async items({ propsValue, lastFetchEpochMS }) {
    console.info(`asked ${JSON.stringify(lastFetchEpochMS)}`)
    return (propsValue.items ?? []).map((item) => ({ epochMilliSeconds: item.at, data: item.data }))
  },
}

export const pollTime = createTrigger({
  name: 'poll_time',
  displayName: 'By time',
  description: 'Items after the newest moment seen.',
  requireAuth: false,
  type: TriggerStrategy.POLLING,
  props: polled,
  sampleData: { id: 1 },
  async onEnable(context) {
    context.setSchedule({ cronExpression: '*/5 * * * *', timezone: 'UTC' })
    await pollingHelper.onEnable(byTime, context)
  },
  onDisable: (context) => pollingHelper.onDisable(byTime, context),
  run: (context) => pollingHelper.poll(byTime, context),
  test: (context) => pollingHelper.test(byTime, context),
})

const byItem: Polling<undefined, Items> = {
  strategy: DedupeStrategy.LAST_ITEM,
  async items({ propsValue, lastItemId }) {
    console.info(`asked ${JSON.stringify(lastItemId)}`)
    return (propsValue.items ?? []).map((item) => ({ id: item.id, data: item.data }))
  },
}

export const pollLast = createTrigger({
  name: 'poll_last',
  displayName: 'By the last item',
  description: 'Items before the newest one seen.',
  requireAuth: false,
  type: TriggerStrategy.POLLING,
  props: { ...polled, max: Property.Number({ displayName: 'At most', required: false }) },
  sampleData: { id: 1 },
  async onEnable(context) {
    context.setSchedule({ intervalMs: 60_000 })
    await pollingHelper.onEnable(byItem, context)
  },
  onDisable: (context) => pollingHelper.onDisable(byItem, context),
  run: (context) =>
    pollingHelper.poll(byItem, {
      ...context,
      ...(context.propsValue.max !== undefined && { maxItemsToPoll: context.propsValue.max }),
    }),
  test: (context) => pollingHelper.test(byItem, context),
})

export const webhook = createTrigger({
  name: 'webhook',
  displayName: 'Webhook',
  description: 'A URL of its own is called.',
  requireAuth: false,
  type: TriggerStrategy.WEBHOOK,
  props: {},
  sampleData: { id: 1 },
  handshakeConfiguration: { strategy: WebhookHandshakeStrategy.QUERY_PRESENT, paramName: 'challenge' },
  renewConfiguration: { strategy: 'CRON', cronExpression: '0 0 * * *' },
  onEnable: ({ webhookUrl, store }) => store.put('url', webhookUrl),
  onDisable: ({ store }) => store.delete('url'),
  onStart: ({ store }) => store.put('started', true),
  onRenew: ({ store }) => store.put('renewed', true),
  onHandshake: async ({ payload }) => ({
    headers: { 'content-type': 'text/plain' },
    body: payload.queryParams.challenge,
  }),
  run: async ({ payload: { body, headers, queryParams } }) => [
    { body, query: queryParams, signature: headers['x-signature'] ?? null },
  ],
})

export const app = createTrigger({
  name: 'app',
  displayName: 'App event',
  description: 'The URL of the whole app is called.',
  requireAuth: false,
  type: TriggerStrategy.APP_WEBHOOK,
  props: {},
  sampleData: { id: 1 },
  onEnable: async ({ app }) => app.createListeners({ events: ['created', 'closed'], identifierValue: 'team-1' }),
  onDisable: noop,
  run: async ({ payload }) => [payload.body],
  test: async () => [1, 2, 3, 4, 5, 6, 7].map((id) => ({ id })),
})

export const manual = createTrigger({
  name: 'manual',
  displayName: 'By hand',
  description: 'A person starts it.',
  requireAuth: false,
  type: TriggerStrategy.MANUAL,
  props: {},
  sampleData: { by: 'hand' },
  onEnable: noop,
  onDisable: noop,
  run: async () => [],
})

export const events: Events = {
  parseAndReply({ payload }) {
    if (payload.queryParams.challenge !== undefined) return { reply: { body: payload.queryParams.challenge } }
    const { event, team } = payload.body as { event: string; team: string }
    return { event, identifierValue: team }
  },
  verify: ({ payload, webhookSecret }) => payload.headers['x-signature'] === webhookSecret,
}
