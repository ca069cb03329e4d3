/** @module outside/programs: what programs of others need and how they have to end; a program is one step. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Refused } from '../../packages/executor/src/errors.ts'
import { WORLD } from '../../packages/executor/src/host/index.ts'
import { programOf } from '../../packages/executor/src/linker/testing.ts'
import { commandOf } from './command.ts'
import { reasonOf } from './component-script.ts'
import { isCommand, type ProgramOptions, type Ran, runProgram } from './program.ts'
import type { Case } from './suites.ts'
import type { Verdict } from './verdict.ts'

interface Specification extends ProgramOptions {
  exit?: Ran['exit']
  stdout?: string
  stderr?: RegExp
  /** What the program is given that no piece has: where it fails, that is why. */
  lacks?: string | undefined
}

const FOLDER = 'it is given a folder; a piece has files by reference alone'
const ARGUMENTS = 'it is given arguments; a piece has none'
const SOCKETS = 'it is given sockets; a piece has HTTP alone'

const isComponent = (bytes: Uint8Array): boolean => bytes[6] === 1

export async function judge(bytes: Uint8Array, specification: Specification): Promise<Verdict> {
  const { exit = 0, stdout, stderr, lacks, ...options } = specification
  const skipped = (reason: string): Verdict => ({ passed: 0, skipped: { [reason]: 1 }, failed: [] })
  try {
    const program = programOf(isComponent(bytes) ? bytes : await commandOf(bytes), WORLD)
    if (!isCommand(program)) return skipped('it is no command: it answers requests or calls')
    const ran = await runProgram(program, options)
    const complaint = [
      ...(ran.exit === exit
        ? []
        : [`it ends with ${ran.exit} instead of ${exit}: ${ran.detail}; ${ran.stderr.join(' | ')}`]),
      ...(stdout === undefined || ran.stdout.join('\n') === stdout.replace(/\n$/, '')
        ? []
        : ['it prints something else']),
      ...(stderr === undefined || stderr.test(ran.stderr.join('\n')) ? [] : ['standard error says something else']),
    ]
    if (complaint.length === 0) return { passed: 1, skipped: {}, failed: [] }
    return lacks === undefined ? { passed: 0, skipped: {}, failed: complaint } : skipped(lacks)
  } catch (error) {
    if (error instanceof Refused) return skipped(reasonOf(error))
    throw error
  }
}

const cases = (folder: string, pattern: string, specify: (path: string) => Specification): Case[] =>
  globSync(pattern, { cwd: folder })
    .sort()
    .map((path) => ({ file: path, run: () => judge(readFileSync(join(folder, path)), specify(join(folder, path))) }))

/** The programs of the wasi-testsuite, each with what its own JSON says: doc/specification.md there. */
export const wasiTestsuite = (folder: string): Case[] =>
  cases(folder, 'tests/*/testsuite/*/*.wasm', (path) => {
    const file = path.replace(/\.wasm$/, '.json')
    const {
      args = [],
      root,
      dirs,
      env,
      exit_code,
      stdout,
      proposals = [],
      operations,
    } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    const lacks =
      root || dirs
        ? FOLDER
        : args.length > 0 || /args_/.test(path)
          ? ARGUMENTS
          : proposals.includes('sockets') || operations
            ? SOCKETS
            : undefined
    return { env, exit: exit_code ?? 0, stdout, lacks }
  })

export const WSTD_VERSION = '0.6.8'
/** Where `npm run toolchains` builds them. */
export const WSTD_FOLDER = fileURLToPath(new URL(`../../.cache/outside/wstd-${WSTD_VERSION}`, import.meta.url))
/** Each of wstd's tests ends well; none where they are not built. */
export const wstdPrograms = (): Case[] => cases(WSTD_FOLDER, '*.wasm', () => ({}))
