/** @module effects/store/memory: a store that ends with the process: `ap-wasm test` and the suites. */
import { compareUtf8, utf8Length } from '../../codec/utf8.ts'
import type { Place, Store } from './index.ts'

const ofPiece = ({ tenant, piece }: Place) => JSON.stringify([tenant, piece])
const ofPlace = (place: Place) => JSON.stringify([place.tenant, place.piece, place.scope, place.owner])

export function memoryStore(options: { bytesPerPiece: number }): Store {
  const places = new Map<string, Map<string, Uint8Array>>()
  const used = new Map<string, number>()
  const at = (place: Place) => places.get(ofPlace(place))
  /** What a value takes, its key included. */
  const size = (key: string, value: Uint8Array | undefined) => (value ? utf8Length(key) + value.length : 0)
  return {
    // Copies both ways: nobody changes a value but by `put`.
    get: (place, key) => at(place)?.get(key)?.slice(),
    put: (place, key, value) => {
      let values = at(place)
      if (!values) places.set(ofPlace(place), (values = new Map()))
      const added = size(key, value) - size(key, values.get(key))
      const bytes = (used.get(ofPiece(place)) ?? 0) + added
      if (added > 0 && bytes > options.bytesPerPiece) return false
      used.set(ofPiece(place), bytes)
      values.set(key, value.slice())
      return true
    },
    delete: (place, key) => {
      const value = at(place)?.get(key)
      if (!value) return
      used.set(ofPiece(place), (used.get(ofPiece(place)) ?? 0) - size(key, value))
      at(place)?.delete(key)
    },
    keys: (place, prefix, after, limit) =>
      [...(at(place)?.keys() ?? [])]
        .filter((key) => key.startsWith(prefix) && (after === undefined || compareUtf8(key, after) > 0))
        .sort(compareUtf8)
        .slice(0, limit),
    close: () => places.clear(),
  }
}
