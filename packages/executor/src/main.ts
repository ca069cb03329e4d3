/** @module main: the process of a server. Flags and `AP_WASM_*` as in docs/settings.md; a signal ends it once its calls have. */
import { PieceError } from './errors.ts'
import { type Serving, serve } from './serve.ts'
import { settingsFromArguments, settingsFromEnvironment } from './settings.ts'

const EXIT = { usage: 2, environment: 3 } as const
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

function endOnSignal(serving: Serving): void {
  const end = (signal: NodeJS.Signals): void => {
    // A second signal means: now.
    for (const one of SIGNALS) process.off(one, end).once(one, () => process.exit(1))
    serving.executor.log.info({ signal }, 'shutting down')
    serving.close().catch((error: unknown) => {
      serving.executor.log.error({ err: error }, 'the shutdown failed')
      process.exitCode = 1
    })
  }
  for (const signal of SIGNALS) process.once(signal, end)
}

try {
  const serving = await serve({
    ...settingsFromEnvironment(process.env),
    ...settingsFromArguments(process.argv.slice(2)),
  })
  endOnSignal(serving)
  console.log(`ap-wasm listens on ${serving.url}`)
} catch (error) {
  if (!(error instanceof PieceError)) throw error
  console.error(`${error.code}: ${error.message}\n${error.remedy}`)
  process.exitCode = error.code === 'AP_SETTING_INVALID' ? EXIT.usage : EXIT.environment
}
