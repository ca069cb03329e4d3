/** @module go-programs: servers and clients that suites talk to, built from the Go proxy into the clone's cache. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const GO_PROGRAMS = [
  { program: 'versitygw', module: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0', for: 'a registry on S3' },
  {
    program: 'crane',
    module: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1',
    for: 'pulls from a registry by an OCI client',
  },
] as const

export const GO_BIN = fileURLToPath(new URL('../.cache/go-bin', import.meta.url))

/** Where it is, in the clone's cache or among the programs of its user. */
export const goProgram = (program: string): string | undefined =>
  [join(GO_BIN, program), join(homedir(), 'go/bin', program)].find((path) => existsSync(path))

export const goInstall = (program: (typeof GO_PROGRAMS)[number]['program']): string =>
  `go install ${GO_PROGRAMS.find((one) => one.program === program)!.module}`
