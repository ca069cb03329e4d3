/**
 * @module engine/passing: bytes that pass through on their way from a file to a cell. They stand in memory of their own that is
 * given back to the system the moment they are written, not when a collector comes by: a quiet supervisor collects nothing.
 */
import { open } from 'node:fs/promises'

/** Rejects as `open` does where there is no file. */
export async function readPassing(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const bytes = new Uint8Array(new ArrayBuffer(size, { maxByteLength: size }))
    let end = 0
    while (end < size) {
      const { bytesRead } = await file.read(bytes, end, size - end, end)
      if (bytesRead === 0) break
      end += bytesRead
    }
    return end === size ? bytes : bytes.subarray(0, end)
  } finally {
    await file.close()
  }
}

/** Their memory goes; whoever still looks finds no bytes. Those of `readPassing` alone, others are left as they are. */
export function letGo({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0)
}
