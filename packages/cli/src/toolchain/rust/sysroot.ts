/**
 * @module sysroot: std for wasm32-wasip1, built of its source once for each compiler: what `rustup target add` would have
 * brought, where a distribution's compiler has no target for WebAssembly.
 */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliError } from '../../world.ts'
import { run } from './run.ts'
import type { Rust, Source } from './tools.ts'

const TARGET = 'wasm32-wasip1'

const MANIFEST = `[package]
name = "std-of-a-piece"
version = "0.0.0"
edition = "2021"
[lib]
path = "lib.rs"
[profile.release]
opt-level = "s"
panic = "abort"
[workspace]
`

/** A C library of 2022 has no threads and lacks what std's own would call; newer ones answer the same. */
const PTHREADS = `#![no_std]
const EAGAIN: i32 = 6;
#[no_mangle] pub extern "C" fn pthread_create(_: usize, _: usize, _: usize, _: usize) -> i32 { EAGAIN }
#[no_mangle] pub extern "C" fn pthread_detach(_: usize) -> i32 { 0 }
#[no_mangle] pub extern "C" fn pthread_join(_: usize, _: usize) -> i32 { 0 }
#[no_mangle] pub extern "C" fn pthread_attr_init(_: usize) -> i32 { 0 }
#[no_mangle] pub extern "C" fn pthread_attr_setstacksize(_: usize, _: usize) -> i32 { 0 }
#[no_mangle] pub extern "C" fn pthread_attr_destroy(_: usize) -> i32 { 0 }
`
const PTHREADS_OBJECT = 'pthreads.o'

/** What the compiler is told, so that it takes this std and the distribution's linker and C library. */
export const sysrootFlags = (sysroot: string, { linker, libc }: Source): string[] => [
  '--sysroot',
  sysroot,
  ...['-C', `linker=${linker}`, '-C', 'link-self-contained=no', '-L', libc],
  ...['-C', `link-arg=${join(libc, 'crt1-reactor.o')}`, '-C', `link-arg=${join(sysroot, PTHREADS_OBJECT)}`],
]

/** Makes the sysroot in `folder`; whole, or not at all. */
export async function makeSysroot(
  { rustc, cargo, source }: Rust & { source: Source },
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const work = await mkdtemp(`${folder}-`)
  try {
    await writeFile(join(work, 'Cargo.toml'), MANIFEST)
    await writeFile(join(work, 'lib.rs'), '#![no_std]\n')
    const made = await run(
      cargo,
      [
        ...['build', '--release', '--offline', '--quiet', '--target', TARGET, '-Zbuild-std=std,panic_abort'],
        ...['--config', 'source.crates-io.replace-with="std"'],
        ...['--config', `source.std.directory=${JSON.stringify(join(source.library, 'vendor'))}`],
      ],
      {
        cwd: work,
        signal,
        env: {
          RUSTC: rustc,
          // std is built with features that are for its own use.
          RUSTC_BOOTSTRAP: '1',
          CARGO_TARGET_DIR: join(work, 'target'),
          // Bitcode, so that a piece is optimised together with it.
          CARGO_ENCODED_RUSTFLAGS: ['-Cembed-bitcode=yes', `--remap-path-prefix=${dirname(source.library)}=/rust`].join(
            '\u001f',
          ),
        },
      },
    )
    if (made.code !== 0)
      throw new CliError('environment', 'std could not be built of its source', {
        details: made.stderr.trimEnd().split('\n'),
        remedy: 'rustup target add wasm32-wasip2 brings it built',
      })
    const sysroot = join(work, 'sysroot')
    const library = join(sysroot, 'lib/rustlib', TARGET, 'lib')
    await mkdir(library, { recursive: true })
    const built = join(work, 'target', TARGET, 'release/deps')
    for (const name of await readdir(built))
      if (name.endsWith('.rlib') && !name.startsWith('libstd_of_a_piece'))
        await rename(join(built, name), join(library, name))
    await writeFile(join(work, 'pthreads.rs'), PTHREADS)
    const stub = await run(
      rustc,
      [
        ...['--edition=2021', '--crate-type=lib', '--emit=obj', `--target=${TARGET}`, '-Cpanic=abort', '-Copt-level=s'],
        ...['--sysroot', sysroot, '-o', join(sysroot, PTHREADS_OBJECT), join(work, 'pthreads.rs')],
      ],
      { signal },
    )
    if (stub.code !== 0) throw new Error(`${basename(rustc)} made no object: ${stub.stderr}`)
    // Another build may have been faster.
    await rename(sysroot, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
