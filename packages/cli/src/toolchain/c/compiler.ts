/** @module compiler: a clang that makes WebAssembly with a libc: of wasi-sdk, of a distribution, or the one in zig; whichever runs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '../../child.ts'

export interface Compiler {
  command: readonly string[]
  target: readonly string[]
  /** Of the clang, whoever brings it. */
  version: string
  /** Puts the stack first in memory: where it overflows is no data to overwrite, and the piece traps. */
  link: readonly string[]
  /** Flags that write what the linker kept; none where the linker cannot. */
  map(file: string): readonly string[]
}

/** `#embed` puts the description into the piece. */
export const neededVersion = '>=19'
export const INSTALL =
  process.platform === 'linux'
    ? 'apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32'
    : 'python3 -m pip install ziglang'

type Candidate = Omit<Compiler, 'version'>

const clang = (command: string, target: string): Candidate => ({
  command: [command],
  target: [`--target=${target}`],
  link: ['-Wl,--stack-first'],
  map: (file) => [`-Wl,-Map=${file}`],
})
const zig = (...command: string[]): Candidate => ({
  command: [...command, 'cc'],
  // Its debug runtime, which a piece has no use for, is on by default.
  target: ['--target=wasm32-wasi', '-fno-sanitize=undefined'],
  // Its linker does that by itself, and does not know the flag.
  link: [],
  map: () => [],
})

function candidates(): Candidate[] {
  const sdks = [process.env.WASI_SDK_PATH, '/opt/wasi-sdk'].filter((path) => path !== undefined && path !== '')
  return [
    ...sdks.map((path) => clang(join(path!, 'bin/clang'), 'wasm32-wasip1')),
    ...['clang', 'clang-22', 'clang-21', 'clang-20', 'clang-19'].map((name) => clang(name, 'wasm32-wasi')),
    zig('zig'),
    zig('python3', '-m', 'ziglang'),
  ]
}

/** A clang without a libc for the target, or without its linker, is none: so it has to make a module. */
const PROBE = `#include <string.h>
static const char self[] = {
#embed __FILE__
};
unsigned long probe(void) { return strlen(self); }
`

/** zig compiles its libc at first. */
const PROBE_MS = 10 * 60_000

async function probe(candidate: Candidate, folder: string): Promise<Compiler | undefined> {
  const world = { cwd: folder, env: process.env, signal: AbortSignal.timeout(PROBE_MS) }
  const [command, ...first] = candidate.command
  const said = await runChild(world, command!, [...first, '--version'])
  const version = /clang version (\d+\.\d+\.\d+)/.exec(said.stdout)?.[1]
  if (said.code !== 0 || version === undefined) return undefined
  const flags = ['-mexec-model=reactor', '-std=c23', 'probe.c', '-o', 'probe.wasm']
  const made = await runChild(world, command!, [...first, ...candidate.target, ...flags])
  return made.code === 0 ? { ...candidate, version } : undefined
}

let found: Compiler | undefined

/** The first that makes a module; looked for until there is one. */
export async function findCompiler(): Promise<Compiler | undefined> {
  found ??= await look()
  return found
}

async function look(): Promise<Compiler | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-'))
  try {
    await writeFile(join(folder, 'probe.c'), PROBE)
    for (const candidate of candidates()) {
      const compiler = await probe(candidate, folder)
      if (compiler) return compiler
    }
    return undefined
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
