/** @module outside/programs: what programs of others need and how they have to end; a program is one step. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
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
const INPUT = 'it is given standard input; a piece has none'
const SOCKETS = 'it is given sockets; a piece has HTTP alone'

const isComponent = (bytes: Uint8Array): boolean => bytes[6] === 1

/** In its own words, as a language prints them before it traps. */
const saidBy = ({ detail, stderr }: Ran): string =>
  stderr.filter((line) => line !== '' && !line.startsWith('note:')).join(' ') || detail

export async function judge(bytes: Uint8Array, specification: Specification): Promise<Verdict> {
  const { exit = 0, stdout, stderr, lacks, ...options } = specification
  const skipped = (reason: string): Verdict => ({ passed: 0, skipped: { [reason]: 1 }, failed: [] })
  try {
    const program = programOf(isComponent(bytes) ? bytes : await commandOf(bytes), WORLD)
    if (!isCommand(program)) return skipped('it is no command: it answers requests or calls')
    const ran = await runProgram(program, options)
    const complaint = [
      ...(ran.exit === exit ? [] : [`it ends with ${ran.exit} instead of ${exit}: ${saidBy(ran)}`]),
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

/** What the hosts of Wasmtime's own tests do with its programs, by name: the first that fits. */
const WASMTIME: readonly [name: RegExp, Specification][] = [
  [/^p[12]_cli_hostcall_fuel/, { lacks: 'it is given a limit of Wasmtime alone' }],
  [/^p1_cli_/, { lacks: ARGUMENTS }],
  [/^p1_stdio_isatty/, { lacks: 'it is given a terminal; a piece has none' }],
  [/^p1_(poll_oneoff_stdio|stdio|unicode_output|big_random_buf|clock_time_get|sched_yield)/, {}],
  [/^p1_/, { lacks: FOLDER }],
  [/^p2_(file_|api_read_only|cli_(file|directory|multiple_preopens|stdin_eisdir))/, { lacks: FOLDER }],
  [/^p2_(tcp|udp|tls|ip_name_lookup)/, { lacks: SOCKETS }],
  [/^p2_cli_(args|argv0|much_stdout|http_headers)/, { lacks: ARGUMENTS }],
  [/^p2_cli_(stdin|splice_stdin|stdout_epipe)$/, { lacks: INPUT }],
  [/^p2_cli_initial_cwd/, { lacks: FOLDER }],
  [/^p2_api_time/, { lacks: 'it is given clocks of its own; those of a piece go in steps of 1 ms' }],
  [/^p2_http_outbound_request_invalid_header/, { lacks: 'it is given a host that forbids a header of its own choice' }],
  [/^p2_http_outbound_request_response_build/, { lacks: 'it builds an answer to a request; a piece is asked none' }],
  [/^p2_cli_env/, { env: { frabjous: 'day', callooh: 'callay' } }],
  [/^p2_cli_exit_failure/, { exit: 1 }],
  [/^p2_cli_exit_with_code/, { exit: 42 }],
  [/^p2_cli_exit_panic/, { exit: 'trapped', stderr: /Curiouser and curiouser!/ }],
  [/^p2_cli_many_resources|_traps$/, { exit: 'trapped' }],
  [/^p2_cli_sleep_forever/, { exit: 'interrupted', interruptMs: 250 }],
  [/^p2_http_outbound_request_invalid_dnsname/, { http: ['http://some.invalid.dnsname:3000'] }],
  [/^p2_http_outbound_request_timeout/, { http: ['http://203.0.113.12:80'] }],
  [/^p2_http_outbound_request_unsupported_scheme/, { http: ['http://localhost:3000'] }],
  [/^p2_http_/, { server: 'HTTP_SERVER' }],
]

export const wasmtimePrograms = (folder: string): Case[] =>
  cases(folder, '**/p[12]_*.component.wasm', (path) => {
    const name = basename(path, '.component.wasm')
    return WASMTIME.find(([pattern]) => pattern.test(name))?.[1] ?? {}
  }).map((one) => ({ ...one, file: basename(one.file, '.component.wasm') }))

export const WSTD_VERSION = '0.6.8'
/** Where `npm run toolchains` builds them. */
export const WSTD_FOLDER = fileURLToPath(new URL(`../../.cache/outside/wstd-${WSTD_VERSION}`, import.meta.url))
/** Each of wstd's tests ends well; none where they are not built. */
export const wstdPrograms = (): Case[] => cases(WSTD_FOLDER, '*.wasm', () => ({}))
