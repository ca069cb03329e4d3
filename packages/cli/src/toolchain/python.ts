/**
 * @module python: the piece's modules run once in CPython, and what they made is the component. componentize-py makes the
 * interpreter with the SDK, once for many pieces; each build goes on from there. The author needs a Python; everything else is
 * fetched once and kept in the cache.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { templatesFolder } from '../assets.ts'
import { CliError } from '../world.ts'
import { importsNotAsked } from './asked.ts'
import type { BuildOptions, Built, Requirement, Toolchain } from './index.ts'
import { componentParts } from './parts.ts'
import { baseOf, MOUNTS } from './python/base.ts'
import {
  COMPONENTIZE_PY,
  environment,
  findPython,
  findVenv,
  INSTALL_PYTHON,
  INSTALL_VENV,
  PYTHON_INSIDE,
  pipOf,
  pythonCache,
} from './python/interpreter.ts'
import type { Job, Loaded } from './python/load.ts'
import { carriedSdk, packagesOf } from './python/packages.ts'
import { readableTraceback } from './python/traceback.ts'

async function build(folder: string, options: BuildOptions = {}): Promise<Built> {
  if (!existsSync(join(folder, 'src/main.py')))
    throw new CliError('failed', 'there is no src/main.py', {
      details: [`looked for ${join(folder, 'src/main.py')}`],
      remedy: 'the module main holds the piece: piece = Piece("…")',
    })
  const python = await environment(options)
  const pip = pipOf(python, options.signal)
  const packages = await packagesOf(folder, { python, pip, cache: pythonCache(options) })
  const { sdk } = packages
  const without = await importsNotAsked(folder)
  const base = await baseOf({ python, sdk, without, cache: pythonCache(options), signal: options.signal })
  const folders = {
    ...base.folders,
    [MOUNTS.own]: join(folder, 'src'),
    [MOUNTS.sdk]: sdk,
    ...(packages.folder === undefined ? {} : { [MOUNTS.packages]: packages.folder }),
  }
  const loaded = await load({ base: base.component, folders }, options.signal)
  if ('error' in loaded)
    throw new CliError('failed', 'the modules of the piece could not be loaded', {
      details: readableTraceback(loaded.error, MOUNTS).split('\n'),
      remedy: 'they are run once at build time: do work inside of functions, not at module level',
    })
  const { component, origins } = loaded
  return {
    component,
    parts: componentParts(component, new Map(Object.entries(origins)), `CPython ${PYTHON_INSIDE}`),
    tools: { 'componentize-py': COMPONENTIZE_PY, python: PYTHON_INSIDE, ...packages.versions },
    warnings: packages.warnings,
  }
}

/** In the clone the thread runs the sources, as its parent does. */
const IN_CLONE = import.meta.url.endsWith('.ts')

function load(job: Job, signal: AbortSignal | undefined): Promise<Loaded> {
  const worker = new Worker(new URL(`./python/load.${IN_CLONE ? 'ts' : 'js'}`, import.meta.url), {
    workerData: job,
    execArgv: IN_CLONE ? ['--conditions=@ap-wasm/source'] : [],
    env: {},
  })
  return new Promise((resolve, reject) => {
    const end = (): void => void worker.terminate()
    signal?.addEventListener('abort', end)
    worker
      .once('message', resolve)
      .once('error', reject)
      .once('exit', () => {
        signal?.removeEventListener('abort', end)
        reject(new CliError('failed', 'the build was stopped while the modules of the piece ran'))
      })
    if (signal?.aborted) end()
  })
}

const requirements: Requirement[] = [
  { tool: 'python3', need: '>=3.10', found: async () => (await findPython())?.version, install: INSTALL_PYTHON },
  { tool: 'python3-venv', need: 'venv and ensurepip', found: findVenv, install: INSTALL_VENV },
]

export const python: Toolchain = {
  language: 'python',
  requirements,
  async prepare(options) {
    const python = await environment(options)
    const without = await importsNotAsked(join(templatesFolder, 'python'))
    await baseOf({
      python,
      sdk: join(carriedSdk(), 'src'),
      without,
      cache: pythonCache(options),
      signal: options.signal,
    })
  },
  build,
}
