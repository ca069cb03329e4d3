/**
 * @module tools: which rustc and cargo build a piece: one that has std for wasm32-wasip2, as rustup brings it; else one with the
 * source of std, as distributions bring it, from which it is built for wasm32-wasip1 (`sysroot.ts`).
 */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.ts'

export interface Rust {
  rustc: string
  cargo: string
  /** Of rustc: `1.96.0`. */
  version: string
  /** Of rustc, with its commit: what it compiled fits no other. */
  release: string
  target: 'wasm32-wasip2' | 'wasm32-wasip1'
  /** Only without an installed target. */
  source?: Source
}

/** What std is built of, and linked with. */
export interface Source {
  /** The folder of std's own packages. */
  library: string
  /** LLVM's linker for WebAssembly. */
  linker: string
  /** The folder of the C library. */
  libc: string
}

/** Below the sysroot. */
const WASIP2_STD = 'lib/rustlib/wasm32-wasip2/lib'
const STD_SOURCE = 'lib/rustlib/src/rust/library'
/** Where distributions put wasi-libc. */
const LIBC = ['/usr/lib/wasm32-wasi', '/usr/share/wasi-sysroot/lib/wasm32-wasi']
const LINKERS = ['wasm-ld', ...[22, 21, 20, 19, 18, 17].map((version) => `wasm-ld-${version}`)]

/** A proxy of rustup in the path answers for the toolchain that it was told to use; the distribution's own is beside it. */
const COMPILERS = [
  { rustc: 'rustc', cargo: 'cargo' },
  { rustc: '/usr/bin/rustc', cargo: '/usr/bin/cargo' },
]

interface Compiler {
  rustc: string
  cargo: string
  version: string
  release: string
  sysroot: string
}

const said = async (command: string, args: readonly string[], cwd?: string): Promise<string | undefined> => {
  const { code, stdout } = await run(command, args, cwd === undefined ? {} : { cwd })
  return code === 0 ? stdout.trim() : undefined
}

async function asked({ rustc, cargo }: (typeof COMPILERS)[number], folder?: string): Promise<Compiler | undefined> {
  const [verbose, sysroot, cargoSaid] = await Promise.all([
    said(rustc, ['--version', '--verbose'], folder),
    said(rustc, ['--print', 'sysroot'], folder),
    said(cargo, ['--version'], folder),
  ])
  const version = /^release: (\S+)/m.exec(verbose ?? '')?.[1]
  if (verbose === undefined || sysroot === undefined || version === undefined || cargoSaid === undefined)
    return undefined
  return { rustc, cargo, version, release: verbose, sysroot }
}

const linker = (): string | undefined =>
  LINKERS.find((name) => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name))))

function sourceOf({ sysroot }: Compiler): Source | undefined {
  const library = join(sysroot, STD_SOURCE)
  const libc = LIBC.find((folder) => existsSync(join(folder, 'crt1-reactor.o')))
  const link = linker()
  // A distribution's source brings the crates that std is made of; without them a build would need the network.
  if (!existsSync(join(library, 'vendor')) || libc === undefined || link === undefined) return undefined
  return { library, libc, linker: link }
}

/** The compilers that answer, best first; `folder`: a piece, which may name its own toolchain. */
async function compilers(folder?: string): Promise<Compiler[]> {
  return (await Promise.all(COMPILERS.map((one) => asked(one, folder)))).filter((one) => one !== undefined)
}

/** Any that answers. */
export const anyRust = async (): Promise<{ version: string } | undefined> => (await compilers())[0]

/** One that can make a component; undefined: the target is missing. */
export async function findRust(folder?: string): Promise<Rust | undefined> {
  const found = await compilers(folder)
  const ready = found.find(({ sysroot }) => existsSync(join(sysroot, WASIP2_STD)))
  if (ready) return { ...ready, target: 'wasm32-wasip2' }
  for (const one of found) {
    const source = sourceOf(one)
    if (source) return { ...one, target: 'wasm32-wasip1', source }
  }
  return undefined
}

/** Whether rustup answers: then a target is one line away. */
export const hasRustup = (): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'rustup')))
