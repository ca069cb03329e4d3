/** @module bundle: the author's modules, their packages and the SDK's runtime as one script for QuickJS. */
import { existsSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as esbuild from 'esbuild'
import { CliError } from '../../world.ts'
import { withRuntimesAsync } from './async.ts'
import { type Owned, ownedText } from './function-source.ts'
import { notAsked } from './not-asked.ts'
import { readableError, sourceTable, TABLE_PLACE, withTable } from './source-table.ts'

export interface Bundle {
  script: string
  /** Bytes of the script by where they come from: `src`, the SDK, each npm package. */
  origins: Map<string, number>
  /** The script, apart by whether the author brought it. */
  owned: Owned
  /** An error that running the script made, with the places of the sources. */
  readable: (error: string) => string
}

const ENTRIES = ['src/index.ts', 'src/index.tsx', 'src/index.js', 'index.ts', 'index.js']
const SDK = '@ap-wasm/piece'

export function entryOf(folder: string): string {
  const found = ENTRIES.find((entry) => existsSync(join(folder, entry)))
  if (found) return found
  throw new CliError('failed', 'the piece has no entry module', {
    details: [`looked for ${ENTRIES.join(', ')} in ${folder}`],
    remedy: 'export the result of createPiece from src/index.ts',
  })
}

/** The SDK as the piece has it installed. */
export function sdkOf(folder: string): { version: string; conditions: string[] } {
  const require = createRequire(join(folder, 'package.json'))
  let file: string
  try {
    file = require.resolve(`${SDK}/package.json`)
  } catch {
    throw new CliError('environment', `${SDK} is not installed`, { remedy: `run "npm install" in ${folder}` })
  }
  const { version } = require(file) as { version: string }
  // In the clone the SDK is there as source and need not be built first; the package holds none.
  const source = existsSync(join(dirname(file), 'src/runtime/index.ts'))
  return { version, conditions: source ? ['@ap-wasm/source'] : [] }
}

const builtins = new Set(builtinModules)

/** Imports of the world get their version; Node's built-in modules are refused by name. */
const worldImports = (wasiVersion: string): esbuild.Plugin => ({
  name: 'world',
  setup(build) {
    build.onResolve({ filter: /^wasi:/ }, ({ path }) => ({
      path: path === 'wasi:logging/logging' ? `${path}@0.1.0-draft` : `${path}@${wasiVersion}`,
      external: true,
    }))
    build.onResolve({ filter: /^ap:piece\// }, ({ path }) => ({ path: `${path}@0.1.0`, external: true }))
    build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z]+)?$/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || (!path.startsWith('node:') && !builtins.has(path))) return undefined
      return {
        errors: [
          {
            text: `"${path}" is part of Node.js and does not exist inside a component`,
            notes: [
              {
                text: 'Use fetch, crypto, URL, TextEncoder and the context of the action, or a package that needs no Node.js.',
              },
            ],
          },
        ],
      }
    })
  },
})

const isSdkFile = (file: string): boolean => /(^|\/)(node_modules\/@ap-wasm\/piece|sdks\/typescript)\//.test(file)

/** What the build itself brings: its entry, the SDK, and the SDK's URL, which stands in the SDK once that is packed. */
const ENTRY = 'ap-wasm-entry.js'
const isNotAuthors = (file: string): boolean =>
  file === ENTRY || isSdkFile(file) || file.includes('node_modules/whatwg-url-minimum/')

function originOf(input: string): string {
  if (isSdkFile(input)) return SDK
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? []
  return name ?? 'src'
}

/** `without`: imports that the component shall not have. */
export async function bundle(folder: string, wasiVersion: string, without: readonly string[]): Promise<Bundle> {
  const entry = entryOf(folder)
  const contents = `import { serve } from '${SDK}/runtime'\nimport * as piece from './${entry}'\nexport const handler = serve(piece)\n`
  let result: esbuild.BuildResult<{ write: false; metafile: true }>
  try {
    result = await esbuild.build({
      stdin: { contents, resolveDir: folder, sourcefile: ENTRY, loader: 'js' },
      absWorkingDir: folder,
      outfile: join(folder, 'piece.js'),
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['worker', ...sdkOf(folder).conditions],
      target: 'esnext',
      // The engine's own promises settle only after an export has returned: async functions become generators, which
      // the runtime runs over its own. Everything else QuickJS has.
      supported: { 'async-await': false, 'async-generator': false, 'for-await': false, using: false },
      define: { 'process.env.NODE_ENV': '"production"', __AP_COMPONENT__: 'true' },
      // The engine keeps the source of each function. Names stay: traces show them, and libraries read them.
      minifyWhitespace: true,
      lineLimit: 200,
      banner: { js: TABLE_PLACE },
      sourcemap: 'external',
      sourcesContent: false,
      legalComments: 'none',
      charset: 'utf8',
      logLevel: 'silent',
      plugins: [notAsked(without), worldImports(wasiVersion)],
    })
  } catch (error) {
    if (!Array.isArray((error as Partial<esbuild.BuildFailure>).errors)) throw error
    const { errors } = error as esbuild.BuildFailure
    const words = await esbuild.formatMessages(errors, { kind: 'error', color: false })
    throw new CliError('failed', 'the TypeScript build failed', { details: words.map((text) => text.trimEnd()) })
  }
  const script = withRuntimesAsync(result.outputFiles.find((file) => file.path.endsWith('.js'))!.text)
  const map = JSON.parse(result.outputFiles.find((file) => file.path.endsWith('.map'))!.text)
  const table = sourceTable(map, (file) => isSdkFile(file) || file === ENTRY)
  const [output] = Object.values(result.metafile.outputs).filter((file) => file.entryPoint !== undefined)
  const origins = new Map<string, number>()
  for (const [input, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const origin = originOf(input)
    origins.set(origin, (origins.get(origin) ?? 0) + bytesInOutput)
  }
  return {
    script: withTable(script, table),
    owned: ownedText(script, map, isNotAuthors),
    origins,
    readable: (error) => readableError(error, map),
  }
}
