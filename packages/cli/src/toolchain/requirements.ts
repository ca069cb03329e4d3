/** @module requirements: what a toolchain needs, against what this machine has. */
import { coerce, satisfies, validRange } from 'semver'
import type { Requirement, Toolchain } from './index.ts'

export interface Checked {
  language: string
  tool: string
  need: string
  found: string | undefined
  enough: boolean
  install: string
}

/** Runs every tool. */
export const checkRequirements = (toolchains: readonly Toolchain[]): Promise<Checked[]> =>
  Promise.all(
    toolchains.flatMap(({ language, requirements }) => requirements.map((requirement) => check(language, requirement))),
  )

async function check(language: string, { tool, need, found: run, install }: Requirement): Promise<Checked> {
  const found = await run()
  const range = validRange(need)
  const version = found === undefined ? null : coerce(found)
  // A need that is no range is for people to read: then it counts that the tool ran.
  const enough = found !== undefined && (range === null || (version !== null && satisfies(version, range)))
  return { language, tool, need, found, enough, install }
}

/** `rust: cargo 1.70.0; needed: >=1.85` */
export const shortfall = ({ language, tool, found, need }: Checked): string =>
  `${language}: ${tool} ${found ?? 'not found'}; needed: ${need}`
