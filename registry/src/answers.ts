/** @module answers: what every answer carries, and how long what is told stays true. */
import { createHash } from 'node:crypto'

/** A page of ours runs no script but its own, shows nothing of elsewhere, and is shown nowhere else. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
]

export const policyWith = (...more: readonly string[]): string => [...POLICY, ...more].join('; ')

export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': policyWith(),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), interest-cohort=()',
}

/** An exact version, or a digest, never says anything else. */
export const FOREVER = 'public, max-age=31536000, immutable'
/** Where a range or `latest` leads. */
export const SHORTLY = 'public, max-age=60'

export const tagOf = (text: string): string => `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`

export const contentDigest = (digest: string): string =>
  `sha-256=:${Buffer.from(digest.replace(/^sha256:/, ''), 'hex').toString('base64')}:`
