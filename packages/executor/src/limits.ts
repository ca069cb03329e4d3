/**
 * @module limits: the one table of what a call may spend. A piece's manifest and a caller may lower a limit; an operator
 * may raise a default up to the ceiling. Types, schemas, settings and `docs/limits.md` come from these rows.
 */

const KiB = 1024
const MiB = 1024 * KiB

interface Row {
  default: number
  ceiling: number
  unit: 'ms' | 'bytes' | 'instructions' | 'count'
  /** What is counted, and what is not covered. */
  doc: string
  /** The error, or the answer that the guest sees, when it is exceeded. */
  exceeded: string
}

export const LIMITS = {
  wallMs: {
    default: 30_000,
    ceiling: 600_000,
    unit: 'ms',
    doc: 'From acceptance to answer, waiting included.',
    exceeded: 'AP_WALL_EXCEEDED',
  },
  cpuMs: {
    default: 10_000,
    ceiling: 300_000,
    unit: 'ms',
    doc: 'CPU of the call: the sum of its slices. V8 compiling in the background is not covered.',
    exceeded: 'AP_CPU_EXCEEDED',
  },
  fuel: {
    default: 1e11,
    ceiling: 1e13,
    unit: 'instructions',
    doc: 'Instructions executed from `init` on (3-16 million a millisecond), host calls at 1,000 + 1 a byte moved.',
    exceeded: 'AP_FUEL_EXCEEDED',
  },
  memoryBytes: {
    default: 128 * MiB,
    ceiling: 512 * MiB,
    unit: 'bytes',
    doc: 'Linear memory of one instance. Buffers that the host holds for it count under the http and file limits.',
    exceeded:
      '`memory.grow` answers -1 inside the piece; AP_MEMORY_EXCEEDED when its start needs more or the cell is over its budget',
  },
  reallocCpuMs: {
    default: 100,
    ceiling: 1_000,
    unit: 'ms',
    doc: 'CPU of `cabi_realloc` and post-return in a slice: they cannot be suspended.',
    exceeded: 'AP_REALLOC_EXCEEDED',
  },
  startFuel: {
    default: 1e9,
    ceiling: 1e10,
    unit: 'instructions',
    doc: "The start of the language's runtime, before `init`; never billed.",
    exceeded: 'AP_START_EXCEEDED',
  },
  inputBytes: {
    default: 10 * MiB,
    ceiling: 50 * MiB,
    unit: 'bytes',
    doc: 'The encoded input of a call. Nesting is limited to 512, values to 500,000.',
    exceeded: 'AP_INPUT_TOO_LARGE',
  },
  outputBytes: {
    default: 10 * MiB,
    ceiling: 50 * MiB,
    unit: 'bytes',
    doc: 'The encoded output of a call.',
    exceeded: 'AP_OUTPUT_TOO_LARGE',
  },
  httpRequests: {
    default: 50,
    ceiling: 1_000,
    unit: 'count',
    doc: 'Requests of one call; each hop of a redirect is one.',
    exceeded: 'the request is answered with an error that names the limit',
  },
  httpConcurrent: {
    default: 6,
    ceiling: 50,
    unit: 'count',
    doc: 'Requests of one call under way at once; further ones wait their turn.',
    exceeded: 'the request waits',
  },
  httpBodyBytes: {
    default: 25 * MiB,
    ceiling: 100 * MiB,
    unit: 'bytes',
    doc: 'Each body, each way, after decompression.',
    exceeded: 'HTTP-request-body-size / HTTP-response-body-size',
  },
  httpFirstByteMs: {
    default: 30_000,
    ceiling: 600_000,
    unit: 'ms',
    doc: 'Until the first byte of a response.',
    exceeded: 'connection-read-timeout',
  },
  httpBetweenBytesMs: {
    default: 10_000,
    ceiling: 600_000,
    unit: 'ms',
    doc: 'Between two chunks of a response.',
    exceeded: 'connection-read-timeout',
  },
  storeKeyBytes: {
    default: 128,
    ceiling: 255,
    unit: 'bytes',
    doc: 'A key of the store, in UTF-8.',
    exceeded: 'failure `limit_exceeded`',
  },
  storeValueBytes: {
    default: 512 * KiB,
    ceiling: 1 * MiB,
    unit: 'bytes',
    doc: 'A value of the store.',
    exceeded: 'failure `limit_exceeded`',
  },
  storeOps: {
    default: 100,
    ceiling: 10_000,
    unit: 'count',
    doc: 'Operations on the store in one call.',
    exceeded: 'failure `limit_exceeded`',
  },
  fileBytes: {
    default: 25 * MiB,
    ceiling: 100 * MiB,
    unit: 'bytes',
    doc: 'One file that a piece writes or is given.',
    exceeded: 'failure `limit_exceeded`',
  },
  files: {
    default: 10,
    ceiling: 100,
    unit: 'count',
    doc: 'Files that one call writes.',
    exceeded: 'failure `limit_exceeded`',
  },
  logBytes: {
    default: 64 * KiB,
    ceiling: 1 * MiB,
    unit: 'bytes',
    doc: 'Log of one call, stdout and stderr included.',
    exceeded: 'cut, with a note',
  },
  logLineBytes: {
    default: 4 * KiB,
    ceiling: 64 * KiB,
    unit: 'bytes',
    doc: 'One line of the log.',
    exceeded: 'cut, with a note',
  },
} as const satisfies Record<string, Row>

export type LimitName = keyof typeof LIMITS
export type Limits = Record<LimitName, number>

/** Limits of the host itself: an operator sets them, neither piece nor caller can. */
export const HOST_LIMITS = {
  componentBytes: {
    default: 50 * MiB,
    ceiling: 50 * MiB,
    unit: 'bytes',
    doc: 'One uploaded artifact.',
    exceeded: 'AP_BODY_TOO_LARGE',
  },
  artifactBytesPerTenant: {
    default: 10 * 1024 * MiB,
    ceiling: 1024 * 1024 * MiB,
    unit: 'bytes',
    doc: 'Artifacts of one tenant, all versions of all its pieces.',
    exceeded: 'AP_QUOTA_EXCEEDED',
  },
  concurrentPerPiece: {
    default: 64,
    ceiling: 1_000,
    unit: 'count',
    doc: 'Calls of one piece of one tenant that run at once; further ones queue.',
    exceeded: 'the call waits',
  },
  queued: {
    default: 1_000,
    ceiling: 10_000,
    unit: 'count',
    doc: 'Calls of one piece of one tenant that wait.',
    exceeded: 'AP_SATURATED',
  },
  queuedBytes: {
    default: 256 * MiB,
    ceiling: 1024 * MiB,
    unit: 'bytes',
    doc: 'Inputs of all calls that wait.',
    exceeded: 'AP_SATURATED',
  },
  fileBytesPerTenant: {
    default: 5 * 1024 * MiB,
    ceiling: 1024 * 1024 * MiB,
    unit: 'bytes',
    doc: 'Files of one tenant that have not expired.',
    exceeded: 'failure `storage_full`',
  },
  storeBytesPerPiece: {
    default: 256 * MiB,
    ceiling: 64 * 1024 * MiB,
    unit: 'bytes',
    doc: 'State that one piece of one tenant keeps, keys included.',
    exceeded: 'failure `limit_exceeded`',
  },
} as const satisfies Record<string, Row>

export type HostLimitName = keyof typeof HOST_LIMITS
export type HostLimits = Record<HostLimitName, number>

export const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[]

export const defaultLimits = (): Limits =>
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, LIMITS[name].default])) as Limits

/** The smaller of each: what an operator allows, lowered by the manifest, lowered by the caller. */
export function lowered(base: Limits, ...lower: readonly (Partial<Limits> | undefined)[]): Limits {
  if (lower.every((one) => one === undefined)) return base
  const out = { ...base }
  for (const one of lower)
    for (const name of LIMIT_NAMES) {
      const value = one?.[name]
      if (value !== undefined && value < out[name]) out[name] = value
    }
  return out
}
