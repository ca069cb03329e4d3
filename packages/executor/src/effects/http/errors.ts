/** @module effects/http/errors: the one table from what undici, node:net, node:tls and node:zlib report to WASI's error codes. */
import type { HttpErrorCode } from '../../effect.ts'
import { EgressRefused } from '../egress-refused.ts'

/** How far an exchange came: some faults mean another thing once the head of the response was seen. */
export type Stage = 'connecting' | 'sent' | 'body'

const TAGS: Readonly<Record<string, HttpErrorCode['tag']>> = {
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-terminated',
  EPIPE: 'connection-terminated',
  ECONNABORTED: 'connection-terminated',
  ETIMEDOUT: 'connection-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connection-timeout',
  EHOSTUNREACH: 'destination-unavailable',
  EHOSTDOWN: 'destination-unavailable',
  EADDRNOTAVAIL: 'destination-unavailable',
  ENETUNREACH: 'destination-IP-unroutable',
  ENETDOWN: 'destination-IP-unroutable',
  EINVAL: 'destination-IP-unroutable',
  EMFILE: 'connection-limit-reached',
  ENFILE: 'connection-limit-reached',
  UND_ERR_HEADERS_TIMEOUT: 'connection-read-timeout',
  UND_ERR_BODY_TIMEOUT: 'connection-read-timeout',
  UND_ERR_HEADERS_OVERFLOW: 'HTTP-response-header-section-size',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'HTTP-request-body-size',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'HTTP-response-incomplete',
  HTTPParserError: 'HTTP-protocol-error',
  UND_ERR_INVALID_ARG: 'HTTP-protocol-error',
  UND_ERR_NOT_SUPPORTED: 'HTTP-protocol-error',
  UND_ERR_ABORTED: 'connection-terminated',
  UND_ERR_DESTROYED: 'connection-terminated',
  UND_ERR_CLOSED: 'connection-terminated',
  UND_ERR_INFO: 'connection-terminated',
  EPROTO: 'TLS-protocol-error',
  CERT_HAS_EXPIRED: 'TLS-certificate-error',
  CERT_NOT_YET_VALID: 'TLS-certificate-error',
  CERT_REVOKED: 'TLS-certificate-error',
  CERT_UNTRUSTED: 'TLS-certificate-error',
  CERT_REJECTED: 'TLS-certificate-error',
  CERT_SIGNATURE_FAILURE: 'TLS-certificate-error',
  CERT_CHAIN_TOO_LONG: 'TLS-certificate-error',
  INVALID_CA: 'TLS-certificate-error',
  INVALID_PURPOSE: 'TLS-certificate-error',
  PATH_LENGTH_EXCEEDED: 'TLS-certificate-error',
  HOSTNAME_MISMATCH: 'TLS-certificate-error',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS-certificate-error',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS-certificate-error',
  UNABLE_TO_GET_ISSUER_CERT: 'TLS-certificate-error',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS-certificate-error',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS-certificate-error',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS-certificate-error',
  ERR_TLS_CERT_ALTNAME_FORMAT: 'TLS-certificate-error',
}

/** Families of codes, looked at after the table. */
const FAMILIES: readonly (readonly [RegExp, HttpErrorCode['tag']])[] = [
  [/^HPE_/, 'HTTP-protocol-error'],
  [/^ERR_SSL_/, 'TLS-protocol-error'],
  [/^ERR_TLS_/, 'TLS-protocol-error'],
]

/** RFC 8446, section 6: a peer's alert, as OpenSSL names it. */
const ALERT = /^ERR_SSL_.*ALERT_(.+)$/
const ALERT_NUMBER = /alert number (\d+)/

export function httpError(error: unknown, stage: Stage): HttpErrorCode {
  if (error instanceof EgressRefused) return error.http
  const { code, message } = first(error)
  if (code === 'UND_ERR_SOCKET') {
    if (message === 'bad upgrade') return { tag: 'HTTP-upgrade-failed' }
    if (message === 'bad response') return { tag: 'HTTP-protocol-error' }
    return { tag: stage === 'body' ? 'HTTP-response-incomplete' : 'connection-terminated' }
  }
  const alert = ALERT.exec(code)?.[1]
  if (alert) {
    const alertId = Number(ALERT_NUMBER.exec(message)?.[1] ?? 0)
    return { tag: 'TLS-alert-received', val: { alertId, alertMessage: alert.toLowerCase() } }
  }
  const tag = TAGS[code] ?? FAMILIES.find(([family]) => family.test(code))?.[1]
  if (!tag) return { tag: 'internal-error', val: 'the connection failed' }
  return { tag: (stage === 'body' ? IN_BODY[tag] : BEFORE_BODY[tag]) ?? tag }
}

/** Whether the peer closed a connection over which it had said something: an earlier answer, or the handshake of TLS. */
export function isStale(error: unknown): boolean {
  const { socket } = error as { socket?: { bytesRead?: number } }
  return (socket?.bytesRead ?? 0) > 0 && httpError(error, 'sent').tag === 'connection-terminated'
}

/** What a tag means once the head was seen, and before. */
const IN_BODY: Readonly<Partial<Record<HttpErrorCode['tag'], HttpErrorCode['tag']>>> = {
  'connection-terminated': 'HTTP-response-incomplete',
}
const BEFORE_BODY: Readonly<Partial<Record<HttpErrorCode['tag'], HttpErrorCode['tag']>>> = {
  'HTTP-response-incomplete': 'HTTP-protocol-error',
}

/** The error that counts: of several addresses that failed, the first. undici's parser names its errors and gives no code. */
function first(error: unknown): { code: string; message: string } {
  const { code, name, message, errors } = error as Partial<NodeJS.ErrnoException & AggregateError>
  return code === undefined && errors?.[0] ? first(errors[0]) : { code: code ?? name ?? '', message: message ?? '' }
}
