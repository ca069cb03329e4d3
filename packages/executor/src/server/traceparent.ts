/** @module server/traceparent: W3C trace context (https://www.w3.org/TR/trace-context/), version 00. */
import { randomBytes } from 'node:crypto'

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/

/** Our own span in the caller's trace; undefined where the header is absent or malformed, which a receiver ignores. */
export function continueTrace(header: string | string[] | undefined): string | undefined {
  const match = typeof header === 'string' ? TRACEPARENT.exec(header) : null
  return match ? `00-${match[1]}-${randomBytes(8).toString('hex')}-${match[2]}` : undefined
}
