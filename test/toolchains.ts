/** @module toolchains: whether a language's suites can run here. */
import { toolchainOf } from '../packages/cli/src/toolchain/index.ts'
import { checkRequirements, shortfall } from '../packages/cli/src/toolchain/requirements.ts'

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
