/** @module rust: cargo makes the component itself for wasm32-wasip2; for wasm32-wasip1 it is made of cargo's module here. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CliError } from '../world.ts'
import { componentOf } from './componentize.ts'
import { withoutCustomSections } from './functions.ts'
import type { BuildOptions, Built, Requirement, Toolchain } from './index.ts'
import { preview1Adapter } from './preview1.ts'
import { Base } from './rust/base.ts'
import { moduleParts, type Part } from './rust/parts.ts'
import { anyRust, findRust, hasRustup, type Rust } from './rust/tools.ts'
import { COMPONENT_SECTION, mapCoreModules, sectionsOf } from './sections.ts'

const TARGET_LINE = 'rustup target add wasm32-wasip2'
/** Where rustup has no target to give, as on machines without its servers. */
export const PACKAGES_LINE = 'apt-get install rustc-web cargo-web rust-web-src lld-19 wasi-libc'
const installLine = (): string => (hasRustup() ? TARGET_LINE : PACKAGES_LINE)

const requirements: Requirement[] = [
  {
    tool: 'rustc',
    need: '>=1.85',
    found: async () => ((await findRust()) ?? (await anyRust()))?.version,
    get install() {
      return hasRustup() ? 'rustup update stable' : PACKAGES_LINE
    },
  },
  {
    tool: 'std',
    need: 'for wasm32-wasip2, or its source with wasm-ld and wasi-libc',
    found: async () => {
      const rust = await findRust()
      return rust && (rust.source ? `of source, for ${rust.target}` : `for ${rust.target}`)
    },
    get install() {
      return installLine()
    },
  },
]

async function rustFor(folder: string | undefined): Promise<Rust> {
  const rust = await findRust(folder)
  if (rust) return rust
  const any = await anyRust()
  throw new CliError('environment', any ? `rustc ${any.version} has no target for pieces` : 'there is no Rust here', {
    details: ['needed: rustc 1.85 or newer with the target wasm32-wasip2'],
    remedy: installLine(),
  })
}

const cacheOf = ({ cacheFolder }: BuildOptions): string => cacheFolder ?? join(homedir(), '.cache/ap-wasm/tools')

async function prepare(options: BuildOptions): Promise<void> {
  const base = await Base.of(await rustFor(undefined), cacheOf(options))
  await base.make(options.signal)
}

interface Metadata {
  packages: { name: string; version: string; manifest_path: string; targets: { crate_types: string[] }[] }[]
}

/** Cargo's own answer where what the piece depends on is in the cache as it is locked; undefined: it needs more than that. */
async function metadata(base: Base, folder: string, args: readonly string[]): Promise<Metadata | undefined> {
  const { code, stdout } = await base.cargo(['metadata', '--format-version=1', ...args], { cwd: folder })
  return code === 0 ? (JSON.parse(stdout) as Metadata) : undefined
}

const hasLock = (folder: string): Promise<boolean> =>
  readFile(join(folder, 'Cargo.lock')).then(
    () => true,
    () => false,
  )

async function build(folder: string, options: BuildOptions = {}): Promise<Built> {
  const rust = await rustFor(folder)
  const base = await Base.of(rust, cacheOf(options))
  await base.make(options.signal)
  await base.seed(join(folder, 'target'))
  const cached = [...base.offline(), ...((await hasLock(folder)) ? ['--locked'] : [])]
  const offline = await metadata(base, folder, cached)
  const module = await compile(base, folder, offline && cached, options)
  const known = offline ?? (await metadata(base, folder, []))
  const sdk = known?.packages.find(({ name }) => name === 'ap-piece')?.version
  return {
    ...(await componentFrom(module, rust)),
    tools: { rustc: rust.version, ...(sdk === undefined ? {} : { 'ap-piece': sdk }) },
  }
}

interface Message {
  reason: string
  target?: { kind: string[] }
  manifest_path?: string
  filenames?: string[]
}

/** The file that cargo says it made of this package. */
async function compile(
  base: Base,
  folder: string,
  cached: readonly string[] | undefined,
  { signal }: BuildOptions,
): Promise<Uint8Array> {
  const flags = [...base.buildArgs(folder, cached !== undefined), ...(cached ?? [])]
  const args = ['build', '--message-format=json-render-diagnostics', '--quiet', ...flags]
  const { code, stdout, stderr } = await base.cargo(args, { cwd: folder, signal })
  signal?.throwIfAborted()
  if (code !== 0)
    throw new CliError('failed', 'cargo did not build the piece', {
      details: [stderr.trimEnd()],
      ...(code === undefined ? { remedy: 'ap-wasm doctor --language rust' } : {}),
    })
  const messages = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Message] : []))
  const made = messages.findLast(
    ({ reason, manifest_path, target }) =>
      reason === 'compiler-artifact' &&
      manifest_path === join(folder, 'Cargo.toml') &&
      target?.kind.includes('cdylib') === true,
  )
  const file = made?.filenames?.find((name) => name.endsWith('.wasm'))
  if (file === undefined)
    throw new CliError('failed', 'cargo built no module: the package is no cdylib', {
      details: [`looked at what cargo made of ${join(folder, 'Cargo.toml')}`],
      remedy: 'add to Cargo.toml:\n[lib]\ncrate-type = ["cdylib"]',
    })
  return readFile(file)
}

const isComponent = (bytes: Uint8Array): boolean => bytes[4] === 0x0d

async function componentFrom(made: Uint8Array, { target }: Rust): Promise<{ component: Uint8Array; parts: Part[] }> {
  if (isComponent(made)) {
    const component = mapCoreModules(made, withoutCustomSections)
    return { component, parts: withRest(component, largestModule(made)) }
  }
  const component = await componentOf(withoutCustomSections(made), {
    adapter: await preview1Adapter(),
    remedy: `the crate must hold ap_piece::piece! { … } and depend on nothing that is made for browsers (wasm-bindgen); it was built for ${target}`,
  })
  return { component, parts: withRest(component, made) }
}

/** The piece's own; the others are glue. */
function largestModule(component: Uint8Array): Uint8Array {
  const modules = sectionsOf(component).filter(({ id }) => id === COMPONENT_SECTION.coreModule)
  return modules.map(({ body }) => body).reduce((largest, body) => (body.length > largest.length ? body : largest))
}

function withRest(component: Uint8Array, module: Uint8Array): Part[] {
  const parts = moduleParts(module)
  const rest = component.length - parts.reduce((sum, { bytes }) => sum + bytes, 0)
  return [...parts, { name: 'bindings and the rest', bytes: rest }].sort((a, b) => b.bytes - a.bytes)
}

export const rust: Toolchain = { language: 'rust', requirements, prepare, build }
