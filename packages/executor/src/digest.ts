/** @module digest: the identity of an artifact. */
import { createHash } from 'node:crypto'

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
export const DIGEST = /^sha256:[0-9a-f]{64}$/
