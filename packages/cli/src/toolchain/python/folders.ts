/**
 * @module folders: wasi:filesystem for the run at build time. Folders of this machine can be read under names of their own,
 * and nothing can be written. Times, owners and numbers of files are left out: they would get into the image, and the same
 * sources would make another component.
 */
import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { err, type HostWorld, InputStream, immediate, ok, WORLD } from '@ap-wasm/executor/program'

type Kind = 'directory' | 'regular-file'

/** A file or folder as the guest knows it. */
class Descriptor {
  /** On this machine. */
  readonly path: string
  /** For the guest: `/1/main.py`. */
  readonly name: string
  readonly kind: Kind
  #bytes: Uint8Array | undefined

  constructor(path: string, name: string, kind: Kind) {
    this.path = path
    this.name = name
    this.kind = kind
  }
  get bytes(): Uint8Array {
    return (this.#bytes ??= readFileSync(this.path))
  }
}

class Contents extends InputStream {
  readonly #bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    super()
    this.#bytes = bytes
  }
  protected pull(): void {
    this.push(this.#bytes)
    this.end()
  }
}

class Entries {
  readonly #left: { type: Kind; name: string }[]
  constructor(left: { type: Kind; name: string }[]) {
    this.#left = left
  }
  next(): { type: Kind; name: string } | undefined {
    return this.#left.shift()
  }
}

const statsOf = (path: string): BigIntStats | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })

const kindOf = (stats: BigIntStats): Kind => (stats.isDirectory() ? 'directory' : 'regular-file')

const statOf = (stats: BigIntStats) => ({
  type: kindOf(stats),
  linkCount: 1n,
  size: stats.isDirectory() ? 0n : stats.size,
})

/** What stands in place of a file's number; 64-bit FNV-1a. */
function hashOf(name: string): { lower: bigint; upper: bigint } {
  let lower = 0xcbf29ce484222325n
  for (const byte of Buffer.from(name)) lower = BigInt.asUintN(64, (lower ^ BigInt(byte)) * 0x100000001b3n)
  return { lower, upper: 0n }
}

/** What a path means below a folder; undefined: it leads out of it, or nothing is there. */
function below(folder: Descriptor, path: string): { path: string; name: string; stats: BigIntStats } | undefined {
  const clean = posix.normalize(path)
  if (clean === '..' || clean.startsWith('../') || clean.startsWith('/')) return undefined
  const there = join(folder.path, clean)
  const stats = statsOf(there)
  return stats && { path: there, name: posix.join(folder.name, clean), stats }
}

const READS = {
  read: true,
  write: false,
  fileIntegritySync: false,
  dataIntegritySync: false,
  requestedWriteSync: false,
  mutateDirectory: false,
}

const bytesFrom = (file: Descriptor, offset: bigint, length?: bigint): Uint8Array =>
  file.bytes.subarray(Number(offset), length === undefined ? undefined : Number(offset + length))

function entriesOf(folder: Descriptor): Entries {
  const names = readdirSync(folder.path).sort()
  return new Entries(
    names.flatMap((name) => {
      const stats = statsOf(join(folder.path, name))
      return stats ? [{ type: kindOf(stats), name }] : []
    }),
  )
}

const types: HostWorld[string] = {
  ...WORLD['wasi:filesystem/types'],
  '[method]descriptor.get-flags': immediate(() => ok(READS)),
  '[method]descriptor.get-type': immediate((_call, self: Descriptor) => ok(self.kind)),
  '[method]descriptor.is-same-object': immediate((_call, self: Descriptor, other: Descriptor) => self === other),
  '[method]descriptor.stat': immediate((_call, self: Descriptor) => {
    const stats = statsOf(self.path)
    return stats ? ok(statOf(stats)) : err('no-entry')
  }),
  '[method]descriptor.stat-at': immediate((_call, self: Descriptor, _flags: unknown, path: string) => {
    const found = below(self, path)
    return found ? ok(statOf(found.stats)) : err('no-entry')
  }),
  '[method]descriptor.open-at': immediate(
    (
      _call,
      self: Descriptor,
      _flags: unknown,
      path: string,
      open: { create: boolean; truncate: boolean; directory: boolean },
      access: { write: boolean },
    ) => {
      if (open.create || open.truncate || access.write) return err('read-only')
      const found = below(self, path)
      if (!found) return err('no-entry')
      const kind = kindOf(found.stats)
      return open.directory && kind !== 'directory'
        ? err('not-directory')
        : ok(new Descriptor(found.path, found.name, kind))
    },
  ),
  '[method]descriptor.read-via-stream': immediate((_call, self: Descriptor, offset: bigint) =>
    self.kind === 'directory' ? err('is-directory') : ok(new Contents(bytesFrom(self, offset))),
  ),
  '[method]descriptor.read': immediate((_call, self: Descriptor, length: bigint, offset: bigint) => {
    if (self.kind === 'directory') return err('is-directory')
    const bytes = bytesFrom(self, offset, length)
    return ok([bytes, Number(offset) + bytes.length >= self.bytes.length])
  }),
  '[method]descriptor.read-directory': immediate((_call, self: Descriptor) =>
    self.kind === 'directory' ? ok(entriesOf(self)) : err('not-directory'),
  ),
  '[method]directory-entry-stream.read-directory-entry': immediate((_call, self: Entries) => ok(self.next())),
  '[method]descriptor.metadata-hash': immediate((_call, self: Descriptor) => ok(hashOf(self.name))),
  '[method]descriptor.metadata-hash-at': immediate((_call, self: Descriptor, _flags: unknown, path: string) => {
    const found = below(self, path)
    return found ? ok(hashOf(found.name)) : err('no-entry')
  }),
}

/** The world of a run at build time; `folders` by the guest's name for each, such as `/python`. */
export const worldWith = (folders: Readonly<Record<string, string>>): HostWorld => ({
  ...WORLD,
  'wasi:filesystem/types': types,
  'wasi:filesystem/preopens': {
    'get-directories': immediate(() =>
      Object.entries(folders).map(([name, path]) => [new Descriptor(path, name, 'directory'), name]),
    ),
  },
})
