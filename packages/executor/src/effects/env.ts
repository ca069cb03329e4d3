/** @module effects/env: the variables that a call sees: names that are asked and granted, and no others. */
import type { Capabilities } from './grants.ts'
import type { Grants } from './state.ts'

export const grantedEnv = (granted: Pick<Grants, 'env'>, asked: Pick<Capabilities, 'env'>): Record<string, string> =>
  Object.fromEntries(Object.entries(granted.env).filter(([name]) => Object.hasOwn(asked.env ?? {}, name)))
