/**
 * @module built: pieces in real languages, built by the CLI's own toolchains and kept by content in `.cache/pieces`: what did
 * not change is built once for all suites and all runs.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { languages, toolchainOf } from '../packages/cli/src/toolchain/index.ts'
import { checkRequirements } from '../packages/cli/src/toolchain/requirements.ts'
import { TOOL_CACHE } from './toolchains.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, '.cache/pieces')
const TOOLCHAIN = 'packages/cli/src/toolchain'

/** Made by tools, or nothing that a component is made of. */
const BESIDE =
  /(^|\/)(node_modules|dist|target|tests?|__pycache__|\.venv|\.ap-wasm)(\/|$)|[._]test\.\w+$|\.(md|png|pyc)$/

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((file) => !BESIDE.test(file.slice(folder.length)))
    .sort()
}

/** Of all toolchains the files that this language's build runs through. */
async function toolchainFiles(language: string): Promise<string[]> {
  const others = languages().flatMap((one) => (one.language === language ? [] : [one.language]))
  const isOthers = (file: string) =>
    others.some((other) => file === `${TOOLCHAIN}/${other}.ts` || file.startsWith(`${TOOLCHAIN}/${other}/`))
  return (await filesUnder(TOOLCHAIN)).filter((file) => !isOthers(file))
}

/** Stands in the environment of each build: a component that holds it has frozen the machine that built it. */
export const CANARY = 'canary-of-the-machine-that-built-this'

/** What a toolchain runs on beside its own files: the modules of a piece in Python run on the executor's linker. */
const RUNS_ON: Readonly<Record<string, readonly string[]>> = {
  python: ['packages/executor/src/linker', 'packages/executor/src/host'],
}

/** The sources, the SDK, the toolchain and its tools, the contract: the same inputs give the same name. */
export async function contentKey(folder: string, language: string): Promise<string> {
  const hash = createHash('sha256')
  const inputs = [folder, `sdks/${language}`, 'wit', ...(RUNS_ON[language] ?? [])].map(filesUnder)
  for (const file of [...(await Promise.all([...inputs, toolchainFiles(language)])).flat(), 'package-lock.json'])
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(root, file)))
  for (const { tool, found } of await checkRequirements([toolchainOf(language)])) hash.update(`\0${tool} ${found}`)
  return hash.digest('hex').slice(0, 16)
}

const LOOK_AGAIN_MS = 200

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** One process builds, the others wait for what it makes; the lock of one that was ended counts no more. */
async function alone(lock: string, isMade: () => boolean, make: () => Promise<void>): Promise<void> {
  while (!isMade()) {
    const got = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    )
    if (got) {
      try {
        // Whoever held the lock before may just have made it.
        if (!isMade()) await make()
      } finally {
        await rm(lock)
      }
      return
    }
    const holder = await readFile(lock, 'utf8').catch(() => '')
    if (holder !== '' && !isRunning(Number(holder))) await rm(lock, { force: true })
    await pause(LOOK_AGAIN_MS)
  }
}

/** The component of the piece in `folder` (from the root of the repository), without a manifest. */
export async function built(folder: string, language: string): Promise<Uint8Array> {
  const name = `${basename(folder)}-${language}-${await contentKey(folder, language)}`
  const target = join(cache, `${name}.wasm`)
  await mkdir(cache, { recursive: true })
  await alone(
    `${target}.lock`,
    () => existsSync(target),
    async () => {
      process.env.AP_WASM_CANARY = CANARY
      const { component } = await toolchainOf(language).build(join(root, folder), { cacheFolder: TOOL_CACHE })
      // Whoever looks sees it whole.
      await writeFile(`${target}.new`, component)
      await rename(`${target}.new`, target)
    },
  )
  return readFile(target)
}

/** The languages that have a conformance piece. */
export const conformanceLanguages = (): Promise<string[]> => readdir(join(root, 'test/conformance/pieces'))
