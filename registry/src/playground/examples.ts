/** @module playground/examples: the cases that an artifact carries, as something to begin with. */
import type { Manifest, Mock } from '@ap-wasm/executor/outside'
import { encodeJson } from '@ap-wasm/executor/outside'

/** What of a test case the playground uses; a case is its author's word, so each part is looked at before it is used. */
export interface Example {
  title: string
  /** Of its form: `action-count_words`. */
  member: string
  /** The button beside the property (or the connection) whose options, fields or validity are asked for: its path. */
  resolve: string | undefined
  values: Record<string, unknown>
  auth: Record<string, unknown> | undefined
  env: Record<string, string>
  mocks: readonly Mock[]
  store: readonly { scope: 'flow' | 'project'; key: string; value: Uint8Array }[]
  clockStart: number
  seed: number
}

const DEFAULT_NOW = '2026-01-01T00:00:00Z'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** What a case calls, if the piece has it; a resolution is asked for in the form of the member whose property it is. */
function calledBy(one: Record<string, unknown>, { actions, triggers }: Manifest['description']) {
  const [action, trigger, resolve] = [text(one.action), text(one.trigger), text(one.resolve)]
  const [, group, owner, prop] = /^(actions|triggers)\/([^/]+)\/props\/(.+)$/.exec(resolve ?? '') ?? []
  const kind = action !== undefined || group === 'actions' ? 'action' : 'trigger'
  const name = action ?? trigger ?? owner
  const found = kind === 'action' ? actions : triggers
  if (name !== undefined && Object.hasOwn(found, name))
    return { member: `${kind}-${name}`, title: found[name]!.displayName + (prop ? ` (${prop})` : ''), resolve }
  // Of the connection, which stands beside every form.
  const [first] = [
    ...Object.keys(actions).map((one) => `action-${one}`),
    ...Object.keys(triggers).map((one) => `trigger-${one}`),
  ]
  if (resolve?.startsWith('auth/') && first !== undefined) return { member: first, title: 'Connection', resolve }
  return undefined
}

export function examplesOf({ cases = [], description }: Manifest): Example[] {
  return cases.flatMap((one) => {
    const called = calledBy(one, description)
    if (!called) return []
    const now = Date.parse(text(one.now) ?? DEFAULT_NOW)
    return [
      {
        ...called,
        title: `${called.title}: ${text(one.description) ?? text(one.name) ?? 'a case'}`,
        values: {
          props: record(one.props),
          ...(one.payload === undefined ? {} : { payload: one.payload }),
          ...(text(one.hook) === undefined ? {} : { hook: one.hook }),
        },
        auth: isRecord(one.auth) ? one.auth : undefined,
        env: Object.fromEntries(Object.entries(record(one.env)).map(([key, value]) => [key, String(value)])),
        mocks: Array.isArray(one.http) ? (one.http as Mock[]) : [],
        store: (['flow', 'project'] as const).flatMap((scope) =>
          Object.entries(record(record(one.store)[scope])).map(([key, value]) => ({
            scope,
            key,
            value: encodeJson(value),
          })),
        ),
        clockStart: Number.isNaN(now) ? Date.parse(DEFAULT_NOW) : now,
        seed: typeof one.seed === 'number' ? one.seed : 1,
      },
    ]
  })
}

const SEED_BYTES = 32

/** As `ap-wasm test` makes it of the number that a case names. Without https, browsers hash nothing: then it is another one. */
export async function seedText(seed: number): Promise<string> {
  if (!isSecureContext)
    return seed
      .toString(16)
      .replace(/[^0-9a-f]/g, '')
      .padStart(2 * SEED_BYTES, '0')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(String(seed)))
  return new Uint8Array(digest).toHex()
}
