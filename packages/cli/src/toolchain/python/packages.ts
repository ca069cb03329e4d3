/** @module packages: what a piece depends on, as pure Python for the interpreter inside of the component. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { packedSdksFolder, sdkSources } from '../../assets.ts'
import { CliError } from '../../world.ts'
import { type Pip, PYTHON_INSIDE, runTool } from './interpreter.ts'

export interface Packages {
  /** Where `ap_piece` lies. */
  sdk: string
  /** Where the others lie; undefined: there are none. */
  folder: string | undefined
  /** `name` → version of the others. */
  versions: Record<string, string>
  /** What the author should know, though it builds. */
  warnings: string[]
}

/** The SDK as the CLI carries it. */
export const carriedSdk = (): string => join(packedSdksFolder ?? sdkSources, 'python')

const SDK = /^ap[-_.]piece\b/i

/** Lines of requirements.txt without comments; other files that it names are read too. */
async function requirementsIn(file: string): Promise<string[]> {
  const text = (await readFile(file, 'utf8')).replaceAll(/\\\r?\n/g, ' ')
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim())
  const nested = await Promise.all(
    lines
      .filter((line) => line !== '')
      .map((line) => {
        const other = /^(?:-r|--requirement)[\s=]+(.+)$/.exec(line)?.[1]
        return other === undefined ? [line] : requirementsIn(resolve(file, '..', other))
      }),
  )
  return nested.flat()
}

/** pip brings a TOML reader along where this Python has none. */
const READ_PROJECT = `
import json, sys
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
with open(sys.argv[1], "rb") as file:
    print(json.dumps(tomllib.load(file).get("project", {}).get("dependencies", [])))
`

/** requirements.txt, or the dependencies in pyproject.toml. */
async function requirementsOf(folder: string, python: string): Promise<string[]> {
  if (existsSync(join(folder, 'requirements.txt'))) return requirementsIn(join(folder, 'requirements.txt'))
  const project = join(folder, 'pyproject.toml')
  if (!existsSync(project)) return ['ap-piece']
  const { code, stdout, said } = await runTool(python, ['-c', READ_PROJECT, project])
  if (code !== 0)
    throw new CliError('failed', 'pyproject.toml cannot be read', { details: said.trim().split('\n').slice(-1) })
  return JSON.parse(stdout) as string[]
}

/** A copy below the piece, or the one that this CLI carries. Anybody could register the name elsewhere. */
function sdkOf(folder: string, requirements: readonly string[]): string {
  const path = requirements.find((one) => /^\.{0,2}\//.test(one) && isSdk(resolve(folder, one)))
  const source = path === undefined ? carriedSdk() : resolve(folder, path)
  if (!isSdk(source))
    throw new CliError('environment', 'the SDK for Python is missing', {
      details: [`looked for ${join(source, 'src/ap_piece')}`],
      remedy: 'npm install --global ap-wasm',
    })
  return join(source, 'src')
}

const isSdk = (folder: string): boolean => existsSync(join(folder, 'src/ap_piece/__init__.py'))

/** Kept by what was asked; asked again, it needs no network. */
export async function packagesOf(
  folder: string,
  { python, pip, cache }: { python: string; pip: Pip; cache: string },
): Promise<Packages> {
  const requirements = await requirementsOf(folder, python)
  const sdk = sdkOf(folder, requirements)
  const others = requirements.filter((one) => !SDK.test(one) && !isSdk(resolve(folder, one)))
  if (others.length === 0) return { sdk, folder: undefined, versions: {}, warnings: [] }
  const key = createHash('sha256').update(JSON.stringify([PYTHON_INSIDE, others.map((one) => pathsIn(folder, one))]))
  const target = join(cache, 'packages', key.digest('hex').slice(0, 16))
  if (!existsSync(target)) await fetchPackages(folder, others, pip, target)
  const { versions, warnings } = JSON.parse(await readFile(join(target, FETCHED), 'utf8')) as Fetched
  return { sdk, folder: join(target, 'site-packages'), versions, warnings }
}

/** A file of the piece's own counts by its place. */
const pathsIn = (folder: string, requirement: string): string =>
  /^\.{0,2}\//.test(requirement) ? resolve(folder, requirement) : requirement

/** Beside the packages: what was fetched, and what is to be said about it. */
const FETCHED = 'fetched.json'
type Fetched = Pick<Packages, 'versions' | 'warnings'>

const PURE = ['--platform', 'any', '--python-version', PYTHON_INSIDE, '--implementation', 'py', '--abi', 'none']

async function fetchPackages(folder: string, requirements: readonly string[], pip: Pip, target: string): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true })
  const half = await mkdtemp(`${target}.`)
  try {
    const site = join(half, 'site-packages')
    const args = ['install', '--quiet', '--target', site, ...PURE, '--only-binary=:all:', ...requirements]
    const { code, said } = await pip(args, folder)
    if (code !== 0) throw await whyNot(folder, said, pip)
    const versions = await versionsIn(site)
    const fetched: Fetched = { versions, warnings: await downgrades(folder, requirements, versions, pip) }
    await writeFile(join(half, FETCHED), JSON.stringify(fetched))
    await rename(half, target).catch((error: NodeJS.ErrnoException) => {
      if (!existsSync(target)) throw error
    })
  } finally {
    await rm(half, { recursive: true, force: true })
  }
}

/** What serves in its place: no native wheel for WebAssembly is on PyPI. */
const INSTEAD: Readonly<Record<string, string>> = {
  aiohttp: 'httpx, or ap_piece.http with asyncio',
  cryptography: 'hashlib and hmac of the standard library',
  lxml: 'xml.etree.ElementTree of the standard library, or html5lib',
  msgpack: 'ap_piece.msgpack, or u-msgpack-python',
  numpy: 'statistics, math and array of the standard library',
  orjson: 'json of the standard library',
  pandas: 'csv and statistics of the standard library',
  pillow: 'a piece in Rust, which does images well',
  psycopg2: 'an HTTP API of the database',
  'psycopg2-binary': 'an HTTP API of the database',
  pydantic: 'dataclasses, or attrs',
  'pydantic-core': 'dataclasses, or attrs',
  pyyaml: 'ruamel.yaml without its C part, or JSON',
  scipy: 'statistics and math of the standard library',
  ujson: 'json of the standard library',
}

const nameOf = (requirement: string): string =>
  (/^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? requirement).toLowerCase().replaceAll(/[._]+/g, '-')

/** pip says only that it found nothing: whether the package exists as native code is asked for by name. */
async function whyNot(folder: string, said: string, pip: Pip): Promise<CliError> {
  const missing = /No matching distribution found for ([^\s(]+)/.exec(said)?.[1]
  const details = said.trim().split('\n').slice(-8)
  if (missing === undefined)
    return new CliError('failed', 'the dependencies of the piece could not be fetched', {
      details,
      remedy: 'mend requirements.txt, or go online once: what was fetched is kept',
    })
  const name = nameOf(missing)
  // Only what it says of itself is fetched, not the package.
  const { code } = await pip([...LOOK, '--no-deps', missing], folder)
  if (code === 0)
    return new CliError('failed', `${name} is native code, which no component can hold`, {
      details: [`"${missing}" has no wheel of pure Python for ${PYTHON_INSIDE}`],
      remedy: `use ${INSTEAD[name] ?? 'a package of pure Python'} instead`,
      data: { package: name },
    })
  return new CliError('failed', `there is no wheel of "${missing}"`, {
    details,
    remedy: 'mend its name or version in requirements.txt; a package that has only sources cannot be used',
    data: { package: name },
  })
}

const LOOK = ['install', '--quiet', '--dry-run', '--ignore-installed', '--only-binary=:all:']

async function versionsIn(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of await readdir(folder)) {
    const [, pack, version] = /^(.+)-([^-]+)\.dist-info$/.exec(name) ?? []
    if (pack !== undefined) found[nameOf(pack)] = version!
  }
  return found
}

/** Where newer releases are native, pip silently takes an old pure one: they are told by what it would take for this machine. */
async function downgrades(
  folder: string,
  requirements: readonly string[],
  versions: Record<string, string>,
  pip: Pip,
): Promise<string[]> {
  const { code, stdout } = await pip([...LOOK, '--report', '-', ...requirements], folder)
  if (code !== 0) return []
  const { install } = JSON.parse(stdout) as { install: { metadata: { name: string; version: string } }[] }
  return install.flatMap(({ metadata }) => {
    const name = nameOf(metadata.name)
    const [pure, native] = [versions[name], metadata.version]
    if (pure === undefined || compareVersions(pure, native) >= 0) return []
    const instead = INSTEAD[name] === undefined ? '' : `; use ${INSTEAD[name]} instead`
    return [`${name} is ${pure} here, not ${native}: newer ones are native code, which no component can hold${instead}`]
  })
}

function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[^0-9]+/).map(Number))
  for (let i = 0; i < Math.max(a!.length, b!.length); i++) {
    const difference = (a![i] ?? 0) - (b![i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
