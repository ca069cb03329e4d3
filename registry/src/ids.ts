/** @module ids: names that nobody guesses, and what is kept of them. */
import { createHash, randomBytes } from 'node:crypto'

export const newId = (): string => randomBytes(8).toString('hex')
export const newSecret = (): string => randomBytes(32).toString('hex')
/** Secrets are 256 random bits: their hash needs no salt. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
