/** @module cells/marker: a file without a name in which a cell notes whose slice it begins: it can be read when the cell cannot answer. */
import { closeSync, existsSync, openSync, readSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** In memory where the system has such a place: the note is written thousands of times a second. */
const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const bytes = Buffer.alloc(4)

export class Marker {
  readonly fd: number

  constructor() {
    const path = join(folder, `ap-wasm-marker-${process.pid}-${Math.random().toString(36).slice(2)}`)
    this.fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
  }

  /** The call whose slice began last; 0 before the first. */
  read(): number {
    return readSync(this.fd, bytes, 0, 4, 0) === 4 ? bytes.readUInt32LE(0) : 0
  }

  close(): void {
    closeSync(this.fd)
  }
}
