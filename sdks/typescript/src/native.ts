/**
 * @module native: the outside for an author's unit tests, which run in Node without a component: state and files in memory,
 * requests to the run kept for a look, the environment of the process. `fetch`, `console` and timers are Node's own.
 */
import { Failure, type Trace } from './failure.ts'
import type { Host } from './host.ts'

/** What a piece did to its outside, and what it finds there. */
export interface NativeHost extends Host {
  /** Values of the store by `<scope>/<key>`, as JSON text. */
  readonly values: Map<string, string>
  /** Files by reference. */
  readonly contents: Map<string, { name: string; mediaType: string; data: Uint8Array }>
  /** Requests to the run, in order; responses decoded. */
  readonly requests: { kind: 'respond' | 'stop' | 'waitUntil' | 'waitForWebhook'; value?: unknown }[]
}

const decode = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes))

function trace(error: Error): Trace {
  const place = /\(?(?:file:\/\/)?([^()\s]+?):(\d+):\d+\)?$/m.exec(error.stack ?? '')
  return { ...(place && { file: place[1]!, line: Number(place[2]) }), stack: error.stack ?? String(error) }
}

/** A new, empty outside. */
export function nativeHost(): NativeHost {
  const values = new Map<string, string>()
  const contents: NativeHost['contents'] = new Map()
  const requests: NativeHost['requests'] = []
  return {
    values,
    contents,
    requests,
    store: {
      get: (scope, key) => {
        const text = values.get(`${scope}/${key}`)
        return text === undefined ? undefined : new TextEncoder().encode(text)
      },
      put: (scope, key, value) => {
        values.set(`${scope}/${key}`, new TextDecoder().decode(value))
      },
      delete: (scope, key) => {
        values.delete(`${scope}/${key}`)
      },
      keys: (scope, prefix, after) =>
        [...values.keys()]
          .filter((key) => key.startsWith(`${scope}/${prefix}`))
          .map((key) => key.slice(scope.length + 1))
          .filter((key) => after === undefined || key > after)
          .sort()
          .slice(0, 1000),
    },
    files: {
      write: (name, mediaType, data) => {
        const reference = `file:${contents.size + 1}`
        contents.set(reference, { name, mediaType, data })
        return reference
      },
      read: (reference, offset, maxBytes) => {
        const file = contents.get(reference)
        if (file === undefined) throw new Failure('not_found', `no file "${reference}" was given to this call`)
        return file.data.slice(offset, offset + maxBytes)
      },
    },
    run: {
      respond: (response) => {
        requests.push({ kind: 'respond', value: decode(response) })
      },
      stop: (response) => {
        requests.push({ kind: 'stop', value: decode(response) })
      },
      waitUntil: (unixMs) => {
        requests.push({ kind: 'waitUntil', value: unixMs })
      },
      waitForWebhook: (response) => {
        requests.push({ kind: 'waitForWebhook', value: decode(response) })
        return 'http://localhost/resume'
      },
    },
    env: (name) => process.env[name],
    trace,
  }
}
