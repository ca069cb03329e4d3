/** @module host/logging: wasi:logging. */
import type { LogLevel } from '../call.ts'
import { type HostInterface, immediate } from './call.ts'
import { logMessage } from './lines.ts'

export const logging: HostInterface = {
  log: immediate((call, level: LogLevel, context: string, message: string) =>
    logMessage(call, level, context, message),
  ),
}
