/** @module cargo-programs: programs that suites talk to and that only crates.io has: minutes of compiling, so nobody has to. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../.cache/cargo', import.meta.url))
const WKG = '0.16.1'

/** Builds it into the clone's cache. */
export const WKG_INSTALL = `cargo install wkg --version ${WKG} --locked --root .cache/cargo`

/** In the clone's cache, or among the programs of its user. */
export const wkgProgram = (): string | undefined =>
  [join(ROOT, 'bin'), join(homedir(), '.cargo/bin'), ...(process.env.PATH ?? '').split(delimiter)]
    .map((folder) => join(folder, 'wkg'))
    .find((path) => existsSync(path))
