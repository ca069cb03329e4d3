/**
 * @module server/problem: the one place where an error becomes an answer (RFC 9457). Ours carry their row of the table; fastify's
 * are translated; every other one is logged whole and shown as AP_INTERNAL.
 */
import type { FastifyError } from 'fastify'
import type { CallResult, Usage } from '../call.ts'
import { ERRORS, type ErrorCode, type Fault, PieceError } from '../errors.ts'
import { knownError } from '../state/storage-error.ts'

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  fault: Fault
  retry: boolean
  remedy: string
  retryAfterMs?: number
  callId?: string
  usage?: Usage
  /** AP_INVALID_PROPS and AP_BAD_REQUEST: every place that does not fit. */
  violations?: { path: string; message: string }[]
  /** AP_INVALID_COMPONENT: every reason of refusal. */
  reasons?: string[]
}

/** A call that ended in an error of ours: the third form of its result. */
export class CallEnded extends Error {
  readonly result: Extract<CallResult, { error: unknown }>
  constructor(result: Extract<CallResult, { error: unknown }>) {
    super(result.error.detail)
    this.result = result
  }
}

/** Where the row of an error can be read; relative to this server. */
export const errorHref = (code: ErrorCode): string => `/errors/${code}`

const problem = (code: ErrorCode, detail: string, more: Partial<Problem> = {}): Problem => {
  const { title, status, fault, retry, remedy } = ERRORS[code]
  return { type: errorHref(code), title, status, detail, code, fault, retry, remedy, ...more }
}

export function problemOf(error: unknown, onUnknown: (error: unknown) => void): Problem {
  if (error instanceof CallEnded) {
    const { error: ended, callId, usage } = error.result
    return problem(ended.code, ended.detail, { callId, usage })
  }
  if (error instanceof PieceError) return problemOfPieceError(error)
  const translated = problemOfFastify(error as Partial<FastifyError>)
  if (translated) return translated
  const known = knownError(error)
  if (known.code === 'AP_INTERNAL') onUnknown(error)
  return problemOfPieceError(known)
}

function problemOfPieceError(error: PieceError): Problem {
  const fields = error.fields as { violations?: Problem['violations']; reasons?: string[]; callId?: string }
  return problem(error.code, error.message, {
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(fields.violations ? { violations: [...fields.violations] } : {}),
    ...(fields.reasons ? { reasons: [...fields.reasons] } : {}),
    ...(fields.callId === undefined ? {} : { callId: fields.callId }),
  })
}

/** Fastify's own refusals (https://fastify.dev/docs/latest/Reference/Errors/) in our words. */
function problemOfFastify(error: Partial<FastifyError>): Problem | undefined {
  if (error.validation) {
    const violations = error.validation.filter(isTelling).map((one) => ({
      path: `${error.validationContext ?? 'request'}${one.instancePath ?? ''}`,
      message: messageOf(one),
    }))
    return problem('AP_BAD_REQUEST', violations.map((v) => `${v.path}: ${v.message}`).join('; '), { violations })
  }
  if (typeof error.statusCode !== 'number' || error.statusCode >= 500) return undefined
  return problem('AP_BAD_REQUEST', error.message ?? 'the request is malformed')
}

type Complaint = NonNullable<FastifyError['validation']>[number]

/** An unknown key is complained of twice: once by a schema that is `false`, once by the object that names it. */
const isTelling = ({ keyword, schemaPath }: Complaint): boolean =>
  keyword !== 'boolean' || !schemaPath.endsWith('/additionalProperties')

function messageOf({ keyword, message, params }: Complaint): string {
  const unknown = (params as { additionalProperties?: readonly string[] }).additionalProperties
  if (keyword === 'additionalProperties' && unknown) return `${unknown.join(', ')} is not known here`
  return message ?? 'does not fit'
}
