/** @module host/logging: wasi:logging. */
import { immediate } from './call.ts'
import { logMessage } from './lines.ts'
import type { Bindings } from './world.ts'

export const logging = {
  log: immediate((call, level, context, message) => logMessage(call, level, context, message)),
} satisfies Bindings<'wasi:logging/logging'>
