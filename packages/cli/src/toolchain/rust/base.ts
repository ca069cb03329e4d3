/**
 * @module base: what every piece is compiled with, kept in the cache: std where it was built here, the crates of the SDK as
 * sources, and a target folder in which they are compiled. A piece begins with a copy of that folder: cargo takes two packages
 * of one name in one target folder for one, so pieces cannot share it.
 */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { packedSdksFolder, sdkSources, templatesFolder } from '../../assets.ts'
import { rust as sdk } from '../../sdk/rust.ts'
import { CliError } from '../../world.ts'
import { type Ran, run } from './run.ts'
import { makeSysroot, sysrootFlags } from './sysroot.ts'
import type { Rust } from './tools.ts'

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Where the template's copy of the SDK is, as `ap-wasm init` puts it. */
const SDK = '.ap-wasm/sdk/rust'
const sdkFolder = join(packedSdksFolder ?? sdkSources, 'rust')

/** Versions and features of all crates. Sources count by their time: cargo compiles again what is newer. */
const MANIFESTS = [
  ...['ap-piece', 'ap-piece-macros'].map((crate) => join(sdkFolder, crate, 'Cargo.toml')),
  join(sdkFolder, 'Cargo.toml'),
  join(templatesFolder, 'rust/Cargo.toml'),
]

/** Room that a usual call stays within: an instance whose memory has grown cannot be put back. */
const HEAP_BYTES = 256 * 1024

const LINKED = [
  `--initial-heap=${HEAP_BYTES}`,
  // An index is as long as it has to be, not as the longest; the linker does that only where nothing tells of places in the code.
  '--compress-relocations',
  '--strip-debug',
]

const OWN_ENVIRONMENT = {
  // Names of functions tell which crate a byte is of; they are taken away when that was counted (`parts.ts`).
  CARGO_PROFILE_RELEASE_STRIP: 'none',
  CARGO_PROFILE_RELEASE_DEBUG: 'false',
  // These would take the place of our own.
  RUSTFLAGS: undefined,
  CARGO_ENCODED_RUSTFLAGS: undefined,
}

export class Base {
  readonly #rust: Rust
  readonly #folder: string

  /** Of the compiler and what the SDK is made of; what another version made stays beside it. */
  static async of(rust: Rust, cacheFolder: string): Promise<Base> {
    const hash = createHash('sha256').update(rust.release).update(rust.target).update(`${LINKED}`).update(sdkFolder)
    for (const file of MANIFESTS) hash.update(await readFile(file))
    return new Base(rust, join(cacheFolder, 'rust', hash.digest('hex').slice(0, 16)))
  }

  private constructor(rust: Rust, folder: string) {
    this.#rust = rust
    this.#folder = folder
  }

  get #sysroot(): string {
    const release = createHash('sha256').update(this.#rust.release).digest('hex').slice(0, 16)
    return join(this.#folder, '..', `std-${release}`)
  }
  get #template(): string {
    return join(this.#folder, 'template')
  }
  get #vendor(): string {
    return join(this.#folder, 'vendor')
  }

  /** Takes a minute where std has to be built, seconds where not. Two at once do not disturb each other. */
  async make(signal?: AbortSignal): Promise<void> {
    const { source } = this.#rust
    if (source && !(await exists(this.#sysroot))) await makeSysroot({ ...this.#rust, source }, this.#sysroot, signal)
    if (await exists(join(this.#folder, 'done'))) return
    if (!(await exists(this.#folder))) await this.#collect(signal)
    const build = ['build', '--quiet', ...this.buildArgs(this.#template, true), ...this.offline()]
    this.#must(
      'the crates that a piece is made of could not be compiled',
      await this.cargo(build, { cwd: this.#template, signal }),
    )
    await writeFile(join(this.#folder, 'done'), '')
  }

  /** The template with the SDK, and the crates of both; whole, or not at all. */
  async #collect(signal?: AbortSignal): Promise<void> {
    await mkdir(dirname(this.#folder), { recursive: true })
    const work = await mkdtemp(`${this.#folder}-`)
    try {
      const template = join(work, 'template')
      await cp(join(templatesFolder, 'rust'), template, { recursive: true })
      await cp(sdkFolder, join(template, SDK), {
        recursive: true,
        preserveTimestamps: true,
        filter: (source) => !/[\\/](target|Cargo\.lock)$/.test(source),
      })
      await sdk.depend(template, SDK)
      this.#must(
        'the crates that a piece is made of could not be fetched',
        await this.cargo(['vendor', '--quiet', join(work, 'vendor')], { cwd: template, signal }),
      )
      await rename(work, this.#folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      })
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }

  #must(what: string, { code, stderr }: Ran): void {
    if (code === 0) return
    throw new CliError('environment', what, {
      details: stderr.trimEnd().split('\n'),
      remedy: 'the first build of a Rust piece on a machine needs the network; try again when it is there',
    })
  }

  /** A new piece's target folder: what is compiled already need not be again. */
  async seed(target: string): Promise<void> {
    if (await exists(join(target, this.#rust.target))) return
    await cp(join(this.#template, 'target'), target, {
      recursive: true,
      preserveTimestamps: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (source) => !/[\\/](my[-_]piece|libmy_piece)[^\\/]*$/.test(source),
    })
  }

  /** Crates come from the cache: no network, and those that were compiled. */
  offline(): string[] {
    return [
      '--offline',
      ...['--config', 'source.crates-io.replace-with="ap-wasm"'],
      ...['--config', `source.ap-wasm.directory=${JSON.stringify(this.#vendor)}`],
    ]
  }

  /** With `cached` the flags are the same for each piece: what was compiled with others has to be compiled again. */
  buildArgs(folder: string, cached: boolean): string[] {
    const { target, source } = this.#rust
    const crates = cached ? this.#vendor : join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/src')
    const flags = [
      ...(source ? sysrootFlags(this.#sysroot, source) : []),
      // What a panic names as its place must not name this machine.
      `--remap-path-prefix=${crates}=`,
      // A piece in a clone has the SDK where it is.
      `--remap-path-prefix=${sdkFolder}=sdk`,
      ...LINKED.flatMap((arg) => ['-C', `link-arg=${arg}`]),
    ]
    return [
      ...['--release', '--target', target, '--target-dir', join(folder, 'target')],
      ...['--config', `target.${target}.rustflags=${JSON.stringify(flags)}`],
    ]
  }

  /** Of a program with a `main`, which begins where a piece does not. */
  commandArgs(folder: string): string[] {
    return this.buildArgs(folder, false).map((arg) => arg.replaceAll('crt1-reactor.o', 'crt1-command.o'))
  }

  cargo(args: readonly string[], { cwd, signal }: { cwd: string; signal?: AbortSignal | undefined }): Promise<Ran> {
    const { rustc, cargo } = this.#rust
    return run(cargo, args, { cwd, signal, env: { ...OWN_ENVIRONMENT, RUSTC: rustc } })
  }
}
