/** @module python-tools: the pinned tools of the Python SDK's developers, in a virtual environment that is made once. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ran } from '../../packages/cli/src/child.ts'
import { findPython, runTool } from '../../packages/cli/src/toolchain/python/interpreter.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const SDK = join(root, 'sdks/python')

export interface PythonTools {
  /** Runs a module of the environment: `pytest`, `mypy`, `pdoc`; `path` is where it imports from. */
  run(module: string, args: readonly string[], options: { cwd: string; path?: readonly string[] }): Promise<Ran>
}

async function make(folder: string, requirements: string): Promise<void> {
  const half = `${folder}.${process.pid}`
  const python = await findPython()
  const made = await runTool(python!.command, ['-m', 'venv', half])
  if (made.code !== 0) throw new Error(made.said)
  const fetched = await runTool(join(half, 'bin/python'), ['-m', 'pip', 'install', '-q', '-r', requirements])
  if (fetched.code !== 0) throw new Error(fetched.said)
  await rename(half, folder).catch(() => rm(half, { recursive: true }))
}

export async function pythonTools(): Promise<PythonTools> {
  const requirements = join(SDK, 'requirements-dev.txt')
  const key = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 8)
  const folder = join(root, `.cache/python-dev-${key}`)
  await mkdir(join(root, '.cache'), { recursive: true })
  if (!existsSync(folder)) await make(folder, requirements)
  return {
    run: (module, args, { cwd, path = [] }) =>
      runTool(join(folder, 'bin/python'), ['-m', module, ...args], {
        cwd,
        env: { PYTHONPATH: path.join(':'), MYPYPATH: path.join(':') },
      }),
  }
}
