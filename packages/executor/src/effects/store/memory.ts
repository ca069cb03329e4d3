/** @module effects/store/memory: a store that ends with the process: `ap-wasm test` and the suites. */
import type { Place, Store } from './index.ts'

const name = (place: Place) => JSON.stringify([place.tenant, place.piece, place.scope, place.owner])

export function memoryStore(): Store {
  const places = new Map<string, Map<string, Uint8Array>>()
  const at = (place: Place) => places.get(name(place))
  return {
    // Copies both ways: nobody changes a value but by `put`.
    get: (place, key) => at(place)?.get(key)?.slice(),
    put: (place, key, value) => {
      let values = at(place)
      if (!values) places.set(name(place), (values = new Map()))
      values.set(key, value.slice())
    },
    delete: (place, key) => {
      at(place)?.delete(key)
    },
    keys: (place, prefix, after, limit) =>
      [...(at(place)?.keys() ?? [])]
        .filter((key) => key.startsWith(prefix) && (after === undefined || byBytes(key, after) > 0))
        .sort(byBytes)
        .slice(0, limit),
    close: () => places.clear(),
  }
}

/** UTF-16 order differs from that of the bytes beyond U+D7FF. */
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
