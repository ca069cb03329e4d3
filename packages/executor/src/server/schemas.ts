/** @module server/schemas: the shapes of requests and answers, once: validation, types and OpenAPI come from them. */
import Type from 'typebox'
import { TRIGGER_HOOKS } from '../call.ts'
import { ERRORS, type ErrorCode } from '../errors.ts'
import { LIMIT_NAMES, LIMITS } from '../limits.ts'
import type { Ask, Manifest } from '../manifest.ts'
import type { CallRecord } from '../records.ts'

const closed = { additionalProperties: false } as const
const literals = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })

export const Anything = Type.Unknown({
  description: 'Any value: JSON, plus bytes and exact 64-bit integers in MessagePack.',
})

export const PieceName = Type.String({
  pattern: '^(@[a-z][a-z0-9-]{0,63}/)?[a-z][a-z0-9-]{0,63}$',
  description: 'A name, `@scope/name` too.',
})
export const ExactVersion = Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$', maxLength: 64 })
export const AnyVersion = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'Exact, a range such as `^1.2`, or `latest`.',
})
export const MemberName = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$' })
export const CallId = Type.String({ pattern: '^call_[0-9a-hjkmnp-tv-z]{26}$' })

export const LimitsAsked = Type.Partial(
  Type.Object(
    Object.fromEntries(
      LIMIT_NAMES.map((name) => [
        name,
        Type.Integer({
          minimum: 1,
          maximum: LIMITS[name].ceiling,
          description: `${LIMITS[name].doc} (${LIMITS[name].unit})`,
        }),
      ]),
    ),
  ),
  { ...closed, description: 'A call may only lower its limits.' },
)

export const RunInfo = Type.Object(
  {
    id: Type.Optional(Type.String({ maxLength: 255 })),
    flowId: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    projectId: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    stepName: Type.Optional(Type.String({ maxLength: 255 })),
    attempt: Type.Optional(Type.Integer({ minimum: 1 })),
    executionType: Type.Optional(literals(['BEGIN', 'RESUME'])),
    resumePayload: Type.Optional(Anything),
    resumeUrl: Type.Optional(Type.String({ maxLength: 8_192 })),
    testing: Type.Optional(Type.Boolean()),
  },
  { ...closed, description: 'What surrounds the call in its flow; each field has a default.' },
)

const Props = Type.Record(Type.String(), Anything)
const Auth = Type.Unknown({ description: "The connection's value, in the shape of its type." })

export const ActionBody = Type.Object(
  {
    props: Type.Optional(Props),
    auth: Type.Optional(Auth),
    run: Type.Optional(RunInfo),
    limits: Type.Optional(LimitsAsked),
  },
  closed,
)
export const TriggerBody = Type.Object(
  {
    props: Type.Optional(Props),
    auth: Type.Optional(Auth),
    run: Type.Optional(RunInfo),
    limits: Type.Optional(LimitsAsked),
    webhookUrl: Type.Optional(Type.String({ maxLength: 8_192 })),
    payload: Type.Optional(Anything),
  },
  closed,
)
export const ResolveBody = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 1_024 }),
    props: Type.Optional(Props),
    auth: Type.Optional(Auth),
    run: Type.Optional(RunInfo),
    limits: Type.Optional(LimitsAsked),
    searchValue: Type.Optional(Type.String({ maxLength: 8_192 })),
    payload: Type.Optional(Anything),
    secret: Type.Optional(Type.String({ maxLength: 8_192 })),
  },
  closed,
)
export const TriggerHookName = literals(TRIGGER_HOOKS)

export const Usage = Type.Object({
  fuel: Type.Number({ description: 'Instructions from `init` on, host calls included.' }),
  fuelModel: Type.Literal(1),
  wallMs: Type.Number(),
  cpuMs: Type.Number(),
  memoryPeakBytes: Type.Number(),
  hostCalls: Type.Record(Type.String(), Type.Number()),
  bytesIn: Type.Number(),
  bytesOut: Type.Number(),
  coldStart: Type.Boolean(),
})

const FileRef = Type.Object({
  reference: Type.String(),
  filename: Type.String(),
  mediaType: Type.String(),
  size: Type.Integer(),
  url: Type.Optional(Type.String({ description: 'Where it can be fetched, signed.' })),
})

export const Effects = Type.Object({
  respond: Type.Optional(Anything),
  stop: Type.Optional(Type.Object({ response: Type.Optional(Anything) })),
  wait: Type.Optional(
    Type.Union([
      Type.Object({ until: Type.String() }),
      Type.Object({ resumeUrl: Type.String(), response: Type.Optional(Anything) }),
    ]),
  ),
  files: Type.Array(FileRef),
})

export const Failure = Type.Object({
  code: Type.String(),
  message: Type.String(),
  retryAfterMs: Type.Optional(Type.Number()),
  detail: Type.Optional(Anything),
})

const Ran = { callId: CallId, version: Type.String({ description: 'What ran.' }), usage: Usage }
export const Answer = Type.Union(
  [
    Type.Object({ ...Ran, ok: Type.Literal(true), output: Anything, effects: Effects }),
    Type.Object({ ...Ran, ok: Type.Literal(false), failure: Failure, effects: Effects }),
  ],
  { description: 'An output, or the failure that the piece itself answered with.' },
)

const ProblemBody = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: literals(Object.keys(ERRORS) as ErrorCode[]),
    fault: literals(['caller', 'piece', 'host']),
    retry: Type.Boolean(),
    remedy: Type.String(),
    retryAfterMs: Type.Optional(Type.Number()),
    callId: Type.Optional(Type.String()),
    usage: Type.Optional(Usage),
    violations: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
    reasons: Type.Optional(Type.Array(Type.String())),
  },
  { description: 'RFC 9457. `code` is stable; `fault` says who has to act.' },
)

/** How a refusal is answered. */
export const Problem = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: ProblemBody } },
} as const

const granted = {
  http: Type.Array(Type.String({ maxLength: 512 }), { maxItems: 100 }),
  store: Type.Array(literals(['flow', 'project'])),
  files: Type.Array(literals(['read', 'write'])),
  run: Type.Array(literals(['respond', 'stop', 'wait'])),
}
export const GrantsBody = Type.Partial(
  Type.Object({
    ...granted,
    env: Type.Record(
      Type.String({ maxLength: 128 }),
      Type.Union([Type.String({ maxLength: 32_768 }), Type.Literal(true)]),
      {
        description: 'A value for each name; `true` keeps the value that was granted before.',
      },
    ),
  }),
  { ...closed, description: 'Replaces what was granted before. Absent: nothing of it.' },
)

const Capabilities = Type.Unsafe<Ask>({
  type: 'object',
  description: 'As piece.json asks for them.',
})
const Missing = Type.Array(Type.String(), {
  description: 'What waits for consent: `http https://api.example.com`, `store flow`.',
})

/** Grants as they are shown: names of variables, never values. */
export const GrantsView = Type.Object({
  name: Type.String(),
  version: Type.String({
    description: 'The version whose capabilities are compared: the newest that is not disabled.',
  }),
  asked: Capabilities,
  granted: Type.Object({ ...granted, env: Type.Array(Type.String()) }),
  missing: Missing,
})

export const Deployed = Type.Object({
  name: Type.String(),
  version: Type.String(),
  digest: Type.String(),
  capabilities: Capabilities,
  missing: Missing,
  warnings: Type.Array(Type.String()),
})

export const PieceSummary = Type.Object({
  name: Type.String(),
  latest: Type.Optional(Type.String({ description: 'What `latest` would run now; absent while no version can.' })),
  versions: Type.Array(Type.String()),
  displayName: Type.String(),
  description: Type.String(),
})
export const VersionSummary = Type.Object({
  version: Type.String(),
  digest: Type.String(),
  bytes: Type.Integer(),
  disabled: Type.Boolean(),
  missing: Missing,
  createdAt: Type.String(),
})
export const VersionDetail = Type.Object({
  name: Type.String(),
  ...VersionSummary.properties,
  manifest: Type.Unsafe<Manifest>({ type: 'object', description: 'docs/contract.md' }),
})

const LogLine = Type.Object({
  level: Type.String(),
  context: Type.String(),
  message: Type.String(),
  atMs: Type.Number(),
})
const callFields = {
  callId: CallId,
  piece: Type.String(),
  version: Type.String(),
  digest: Type.String(),
  kind: literals(['action', 'trigger', 'resolve']),
  name: Type.String(),
  hook: Type.Optional(TriggerHookName),
  traceparent: Type.Optional(Type.String()),
  replayOf: Type.Optional(CallId),
  startedAt: Type.String(),
  endedAt: Type.Optional(Type.String()),
  state: literals(['running', 'ok', 'failure', 'error']),
  code: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  usage: Type.Optional(Usage),
  attempts: Type.Optional(Type.Integer()),
  recorded: Type.Boolean(),
}
export const CallView = Type.Object(callFields)
export const CallDetail = Type.Object({
  ...callFields,
  logs: Type.Array(LogLine),
  record: Type.Optional(
    Type.Unsafe<CallRecord>({ type: 'object', description: 'If one was kept: what a replay needs.' }),
  ),
})

export const UsageSum = Type.Object({
  piece: Type.Optional(Type.String()),
  day: Type.Optional(Type.String()),
  calls: Type.Integer(),
  failures: Type.Integer(),
  errors: Type.Integer(),
  free: Type.Integer({ description: 'Calls that ended by a fault of the host; their usage is not in the sums.' }),
  fuel: Type.Number(),
  wallMs: Type.Number(),
  cpuMs: Type.Number(),
  bytesIn: Type.Number(),
  bytesOut: Type.Number(),
})
