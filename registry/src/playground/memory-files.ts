/** @module playground/memory-files: files of a visitor, as long as the frame lives. */
import type { Files } from '@ap-wasm/executor/outside'
import { PieceError } from '@ap-wasm/executor/outside'

type Stored = NonNullable<Awaited<ReturnType<Files['open']>>>['file']

const ROOM_BYTES = 100 * 1024 ** 2
const TENANT_PART = '0'.repeat(12)

export function memoryFiles(): Files {
  const files = new Map<string, { file: Stored; content: Uint8Array }>()
  let used = 0
  return {
    write: async (tenant, info, content) => {
      if (used + content.length > ROOM_BYTES) throw new PieceError('AP_STORAGE_FULL', { what: info.filename })
      used += content.length
      const id = `${TENANT_PART}-${crypto.getRandomValues(new Uint8Array(16)).toHex()}`
      const file = { ...info, id, tenant, size: content.length, createdAt: Date.now() }
      files.set(id, { file, content: content.slice() })
      return file
    },
    read: async (_tenant, id, offset, maxBytes) => files.get(id)?.content.slice(offset, offset + maxBytes),
    open: async (id) => {
      const found = files.get(id)
      if (!found) return undefined
      return {
        file: found.file,
        content: async function* () {
          yield found.content
        },
      }
    },
    sweep: async () => 0,
    close: async () => files.clear(),
  }
}
