/** @module context: what the function of an action or trigger is handed. */
import type { AuthParam, AuthValue } from './auth.ts'
import { Failure } from './failure.ts'
import { mediaTypeOf } from './files.ts'
import { host } from './host.ts'
import type { Encoding } from './payload.ts'
import type { Properties, PropsValue } from './property.ts'
import { type Store, store } from './store.ts'

/** An HTTP answer: status 200, no headers and an empty body unless said otherwise. */
export interface RespondResponse {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

/** A pause of the run that was prepared and not begun. */
export interface Waitpoint {
  id: string
  /** Calling this URL ends the pause. */
  resumeUrl: string
  buildResumeUrl(options: { queryParams?: Record<string, string>; sync?: boolean }): string
}

export interface Run {
  id: string
  /** 1 at the first try. */
  attempt: number
  /** True when the call tests the piece and should change little outside. */
  testing: boolean
  /** When the call is cut off, in milliseconds since 1970; undefined when the caller did not say. */
  deadlineMs: number | undefined
  /** Answers the HTTP request that started the run; at most once. */
  respond(options: { response: RespondResponse }): void
  /** Ends the run as a success after this action. */
  stop(options?: { response: RespondResponse }): void
  /** Prepares a pause; `waitForWaitpoint` begins it. */
  createWaitpoint(
    options: { type: 'DELAY'; resumeDateTime: string } | { type: 'WEBHOOK'; responseToSend?: RespondResponse },
  ): Promise<Waitpoint>
  waitForWaitpoint(id: string): void
  /** Pauses the run until a moment; then the action is called again with `executionType` RESUME. */
  waitUntil(moment: Date | number): void
  /** Pauses the run until somebody calls the URL that is returned; then the action is called again with `resumePayload`. */
  waitForWebhook(response?: RespondResponse): string
}

export interface Files {
  /** Stores the bytes and answers with a reference that later steps can read. */
  write(file: { fileName: string; data: Uint8Array | string; mediaType?: string }): Promise<string>
  /** A part of a file that was given to this call; fewer bytes than asked mean the end. */
  read(reference: string, options?: { offset?: number; maxBytes?: number }): Promise<Uint8Array>
}

interface BaseContext<A extends AuthParam, P extends Properties> {
  /** The connection's value. */
  auth: AuthValue<A>
  propsValue: PropsValue<P>
  store: Store
  files: Files
  project: { id: string; externalId(): Promise<string | undefined> }
  flows: { current: { id: string | undefined } }
}

/** What `run` of an action is handed. */
export interface ActionContext<A extends AuthParam = AuthParam, P extends Properties = Properties>
  extends BaseContext<A, P> {
  executionType: 'BEGIN' | 'RESUME'
  /** What ended the pause, when `executionType` is RESUME. */
  resumePayload: unknown
  run: Run
  step: { name: string | undefined }
}

/** What a webhook received. */
export interface WebhookPayload {
  body: unknown
  rawBody?: unknown
  headers: Record<string, string>
  queryParams: Record<string, string>
}

export interface Schedule {
  cronExpression: string
  timezone?: string
}

/** What the hooks of a trigger are handed. */
export interface TriggerContext<A extends AuthParam = AuthParam, P extends Properties = Properties>
  extends BaseContext<A, P> {
  webhookUrl: string
  /** Of a webhook: what it received. */
  payload: WebhookPayload
  run: { id: string; attempt: number; testing: boolean }
  /** In `onEnable` and `onStart`: how often a polling trigger is run. */
  setSchedule(schedule: Schedule | { intervalMs: number }): void
  /** In `onEnable` of an APP_WEBHOOK: which events of the app belong to this flow. */
  app: { createListeners(listeners: { events: string[]; identifierValue: string }): void }
}

export interface RunInfo {
  id: string
  projectId: string
  flowId?: string
  stepName?: string
  attempt?: number
  executionType?: 'BEGIN' | 'RESUME'
  resumePayload?: unknown
  resumeUrl?: string
  testing?: boolean
  deadline?: string | number
}

/** The input of an action or trigger (docs/contract.md). */
export interface CallInput {
  props?: Record<string, unknown>
  auth?: unknown
  run?: Partial<RunInfo>
  webhookUrl?: string
  payload?: WebhookPayload
}

/** What `onEnable` asks for beside its work. */
export interface Enabled {
  schedule?: Schedule | { intervalMs: number }
  listeners?: { events: string[]; identifierValue: string }[]
}

const files: Files = {
  async write({ fileName, data, mediaType }) {
    const content = typeof data === 'string' ? new TextEncoder().encode(data) : data
    return host().files.write(fileName, mediaType ?? mediaTypeOf(fileName), content)
  },
  async read(reference, { offset = 0, maxBytes = 1024 * 1024 } = {}) {
    return host().files.read(reference, offset, maxBytes)
  },
}

const externalId = async (): Promise<undefined> => undefined

// Written out twice: an object costs 1,000 instructions a property, a copy of one as much again.
export function actionContext(input: CallInput, propsValue: unknown, encoding: Encoding): ActionContext {
  const run = input.run ?? {}
  let made: Run | undefined
  return {
    auth: input.auth as never,
    propsValue: propsValue as never,
    store,
    files,
    project: { id: run.projectId ?? 'default', externalId },
    flows: { current: { id: run.flowId } },
    executionType: run.executionType ?? 'BEGIN',
    resumePayload: run.resumePayload,
    step: { name: run.stepName },
    /** Made at the first use: 50,000 instructions that most actions have no use for. */
    get run() {
      made ??= runOf(run, encoding)
      return made
    },
  }
}

export function triggerContext(input: CallInput, propsValue: unknown, enabled: Enabled): TriggerContext {
  const run = input.run ?? {}
  return {
    auth: input.auth as never,
    propsValue: propsValue as never,
    store,
    files,
    project: { id: run.projectId ?? 'default', externalId },
    flows: { current: { id: run.flowId } },
    webhookUrl: input.webhookUrl ?? '',
    payload: input.payload ?? { body: undefined, headers: {}, queryParams: {} },
    run: { id: run.id ?? '', attempt: run.attempt ?? 1, testing: run.testing ?? false },
    setSchedule: (schedule) => {
      enabled.schedule = schedule
    },
    app: {
      createListeners: (listeners) => {
        enabled.listeners = [...(enabled.listeners ?? []), listeners]
      },
    },
  }
}

function runOf(run: Partial<RunInfo>, encoding: Encoding): Run {
  const encoded = (response: RespondResponse | undefined) =>
    response === undefined ? undefined : encoding.encode(response)
  const waitpoints = new Map<string, () => void>()
  const waitForWebhook = (response?: RespondResponse) => host().run.waitForWebhook(encoded(response))
  const waitUntil = (moment: Date | number) => {
    const unixMs = Math.ceil(Number(moment))
    if (!(unixMs >= 0)) throw new Failure('invalid_input', 'the moment to wait for is no valid date')
    host().run.waitUntil(unixMs)
  }
  return {
    id: run.id ?? '',
    attempt: run.attempt ?? 1,
    testing: run.testing ?? false,
    deadlineMs: run.deadline === undefined ? undefined : new Date(run.deadline).getTime(),
    respond: ({ response }) => host().run.respond(encoding.encode(response)),
    stop: (options) => host().run.stop(encoded(options?.response)),
    waitUntil,
    waitForWebhook,
    async createWaitpoint(options) {
      const id = `waitpoint-${waitpoints.size + 1}`
      if (options.type === 'WEBHOOK' && run.resumeUrl === undefined) {
        throw new Failure('not_supported', 'this run cannot be resumed by a webhook: its caller gave no resumeUrl')
      }
      const resumeUrl = run.resumeUrl ?? ''
      waitpoints.set(id, () => {
        if (options.type === 'DELAY') waitUntil(new Date(options.resumeDateTime))
        else waitForWebhook(options.responseToSend)
      })
      return {
        id,
        resumeUrl,
        buildResumeUrl({ queryParams = {}, sync = false }) {
          const url = new URL(sync ? `${resumeUrl}/sync` : resumeUrl)
          for (const [name, value] of Object.entries(queryParams)) url.searchParams.append(name, value)
          return url.href
        },
      }
    },
    waitForWaitpoint(id) {
      const begin = waitpoints.get(id)
      if (begin === undefined) throw new Failure('invalid_input', `no waitpoint "${id}" was created by this call`)
      begin()
    },
  }
}
