#!/usr/bin/env -S node --disable-sigusr1 --max-semi-space-size=8 --expose-gc
/**
 * @module main: the process of a registry, and what its operator does beside it. Flags and `AP_REGISTRY_*` as in
 * docs/registry-tables.md; a signal ends it once its requests have. The line above keeps a signal from opening a debugger and V8's
 * nursery from growing to 64 MB, which pages and searches do not need, and lets uploads.ts collect what it leaves.
 */
import { RegistryError } from './errors.ts'
import type { Serving } from './serve.ts'
import { settingsFromArguments, settingsFromEnvironment } from './settings.ts'

const EXIT = { usage: 2, environment: 3 } as const
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

function endOnSignal(serving: Serving): void {
  const end = (signal: NodeJS.Signals): void => {
    // A second signal means: now.
    for (const one of SIGNALS) process.off(one, end).once(one, () => process.exit(1))
    serving.registry.log.info({ signal }, 'shutting down')
    serving.close().catch((error: unknown) => {
      serving.registry.log.error({ err: error }, 'the shutdown failed')
      process.exitCode = 1
    })
  }
  for (const signal of SIGNALS) process.once(signal, end)
}

try {
  const [verb = '', ...rest] = process.argv.slice(2)
  const isVerb = verb !== '' && !verb.startsWith('--')
  if (isVerb) {
    const { operate } = await import('./operations.ts')
    await operate(verb, rest)
  } else {
    const args = settingsFromArguments(process.argv.slice(2))
    const { serve } = await import('./serve.ts')
    const serving = await serve({ ...settingsFromEnvironment(process.env), ...args })
    endOnSignal(serving)
    console.log(`the registry listens on ${serving.publicUrl}`)
  }
} catch (error) {
  if (!(error instanceof RegistryError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = error.code === 'AR_SETTING_INVALID' ? EXIT.usage : EXIT.environment
}
