/** @module toolchains: whether a language's suites can run here, and the cache that its tools were prepared in. */
import { fileURLToPath } from 'node:url'
import { toolchainOf } from '../packages/cli/src/toolchain/index.ts'
import { checkRequirements, shortfall } from '../packages/cli/src/toolchain/requirements.ts'

/** What the command line under test has for its `XDG_CACHE_HOME`. */
export const CACHE_HOME = fileURLToPath(new URL('../.cache', import.meta.url))
/** The same as toolchains see it. */
export const TOOL_CACHE = `${CACHE_HOME}/ap-wasm/tools`

/**
 * Why they are skipped: the tool that is missing and the line that installs it. Undefined: they run. Where toolchains are
 * required, what is missing fails them.
 */
export async function lacking(language: string): Promise<string | undefined> {
  const missing = (await checkRequirements([toolchainOf(language)])).filter(({ enough }) => !enough)
  if (missing.length === 0) return undefined
  const reason = missing.map((tool) => `${shortfall(tool)} (${tool.install})`).join('; ')
  if (process.env.AP_WASM_TOOLCHAINS === 'required') throw new Error(reason)
  return reason
}
