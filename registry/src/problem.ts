/**
 * @module problem: the one place where an error becomes an answer (RFC 9457). Ours carry their row of the table; fastify's
 * are translated; every other one is logged whole and shown as AR_INTERNAL.
 */
import { PieceError } from '@ap-wasm/executor'
import type { FastifyError } from 'fastify'
import { ERRORS, type ErrorCode, type Fault, RegistryError } from './errors.ts'
import { errorHref } from './hrefs.ts'

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
  violations?: { path: string; message: string }[]
  reasons?: string[]
}

const problem = (code: ErrorCode, detail: string, more: Partial<Problem> = {}): Problem => {
  const { title, status, fault, retry, remedy } = ERRORS[code]
  return { type: errorHref(code), title, status, detail, code, fault, retry, remedy, ...more }
}

export function problemOf(error: unknown, onUnknown: (error: unknown) => void): Problem {
  if (error instanceof RegistryError) {
    const { reasons } = error.fields as { reasons?: readonly string[] }
    return problem(error.code, error.message, {
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      ...(reasons ? { reasons: [...reasons] } : {}),
    })
  }
  if (error instanceof PieceError && ['AP_STORAGE_FULL', 'AP_STORAGE_READ_ONLY'].includes(error.code))
    return problem('AR_STORAGE_FAILED', error.message)
  const translated = problemOfFastify((error ?? {}) as Partial<FastifyError>)
  if (translated) return translated
  onUnknown(error)
  return problem('AR_INTERNAL', ERRORS.AR_INTERNAL.message({}))
}

/** Fastify's own refusals (https://fastify.dev/docs/latest/Reference/Errors/) in our words. */
function problemOfFastify(error: Partial<FastifyError>): Problem | undefined {
  if (error.validation) {
    const violations = error.validation.map((one) => ({
      path: `${error.validationContext ?? 'request'}${one.instancePath ?? ''}`,
      message: one.message ?? 'does not fit',
    }))
    return problem('AR_BAD_REQUEST', violations.map((v) => `${v.path}: ${v.message}`).join('; '), { violations })
  }
  if (typeof error.statusCode !== 'number' || error.statusCode >= 500) return undefined
  const code = error.statusCode === 415 ? 'AR_UNSUPPORTED_MEDIA_TYPE' : 'AR_BAD_REQUEST'
  return problem(code, error.message ?? 'the request is malformed')
}
