/** @module typescript: npm packages alone make the component: esbuild bundles, componentize-qjs puts QuickJS under it. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CliError } from '../world.ts'
import { importsNotAsked } from './asked.ts'
import type { Built, Requirement, Toolchain } from './index.ts'
import { componentParts } from './parts.ts'
import { bundle, sdkOf } from './typescript/bundle.ts'
import { loadEngine } from './typescript/engine.ts'
import { tidySnapshot } from './typescript/snapshot.ts'
import { copyWit } from './wit.ts'

/**
 * The tool runs the script once to make its snapshot. Imports that it does not know become traps there, but of WASI 0.2 it
 * brings an own one whose resources do not fit the traps': so the piece's imports carry a version that it cannot know.
 * In the result they get 0.2.11, one of the versions that mean the same; 0.2.12 are the engine's own imports.
 */
const BUILD_VERSION = '9.9.99'
const WASI_VERSION = '0.2.11'

/** Same length: no size in the component changes. */
function setVersion(component: Buffer): void {
  const from = Buffer.from(`@${BUILD_VERSION}`)
  for (let at = component.indexOf(from); at >= 0; at = component.indexOf(from, at + from.length)) {
    const before = component.subarray(Math.max(0, at - 64), at).toString('latin1')
    if (/wasi:[a-z-]+\/[a-z-]+$/.test(before)) component.write(`@${WASI_VERSION}`, at, 'latin1')
  }
}

const require = createRequire(import.meta.url)

async function versionOf(tool: string): Promise<string> {
  const file = require.resolve(`${tool}/package.json`)
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version
}

async function build(folder: string): Promise<Built> {
  const without = await importsNotAsked(folder)
  const { script, owned, origins, readable } = await bundle(folder, BUILD_VERSION, without)
  // Loaded late: its native code costs 30 ms, which commands that build nothing need not pay.
  const { componentize } = (await import('componentize-qjs')).default
  const work = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
  try {
    await copyWit(join(work, 'wit'), BUILD_VERSION, without)
    // The tool wants the file to exist; stack traces name it.
    await writeFile(join(work, 'piece.js'), script)
    const made = await componentize({
      witPath: join(work, 'wit'),
      world: 'piece',
      jsSource: script,
      jsPath: join(work, 'piece.js'),
      runtimeBytes: Buffer.from(await loadEngine()),
    }).catch((error: Error) => {
      throw new CliError('failed', 'the modules of the piece could not be loaded', {
        // The tool's own words before the engine's say nothing to an author.
        details: [readable(error.message.replace(/^.*module evaluation: /s, '')).trimEnd()],
        remedy: 'they are run once at build time: do work inside run, not at module level',
      })
    })
    setVersion(made.component)
    const component = tidySnapshot(made.component, owned)
    return {
      component,
      parts: componentParts(component, origins, 'QuickJS'),
      tools: {
        '@ap-wasm/piece': sdkOf(folder).version,
        esbuild: await versionOf('esbuild'),
        'componentize-qjs': await versionOf('componentize-qjs'),
      },
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const runs = promisify(execFile)

/** What came with ap-wasm is proven too: an optional native package may be missing for this machine. */
const REINSTALL = 'npm install --global ap-wasm'

const requirements: Requirement[] = [
  { tool: 'node', need: '>=26', found: async () => process.versions.node, install: 'npm install --global node@26' },
  {
    tool: 'npm',
    need: '>=10',
    found: () =>
      runs('npm', ['--version']).then(
        ({ stdout }) => stdout.trim(),
        () => undefined,
      ),
    install: process.platform === 'darwin' ? 'brew install node' : 'apt-get install npm',
  },
  {
    tool: 'esbuild',
    need: '>=0.28',
    found: async () => {
      const { transform, version } = await import('esbuild')
      return transform('let a: 1', { loader: 'ts' }).then(
        () => version,
        () => undefined,
      )
    },
    install: REINSTALL,
  },
  {
    tool: 'componentize-qjs',
    need: '0.4.5',
    found: () =>
      loadEngine().then(
        () => versionOf('componentize-qjs'),
        () => undefined,
      ),
    install: REINSTALL,
  },
]

export const typescript: Toolchain = { language: 'typescript', requirements, build }
