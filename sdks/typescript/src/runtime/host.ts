/** @module runtime/host: the world's imports as the SDK's host. */

import files from 'ap:piece/files'
import run from 'ap:piece/run'
import store from 'ap:piece/store'
import environment from 'wasi:cli/environment'
import { Failure, type Trace } from '../failure.ts'
import type { Host } from '../host.ts'
import { payloadOf } from './thrown.ts'
import { framesOf, readableStack } from './trace.ts'

/** A refusal of the host arrives as the WIT record and leaves as the SDK's own class. */
function asking<T>(ask: () => T): T {
  try {
    return ask()
  } catch (thrown) {
    const failure = payloadOf(thrown) as { code?: unknown; message?: unknown; retryAfterMs?: number | null } | null
    if (typeof failure?.code !== 'string') throw thrown
    const after = failure.retryAfterMs
    throw new Failure(failure.code, String(failure.message), typeof after === 'number' ? { retryAfterMs: after } : {})
  }
}

const bytes = (list: Uint8Array | number[]): Uint8Array => (list instanceof Uint8Array ? list : Uint8Array.from(list))

function trace(error: Error): Trace {
  const frames = framesOf(error.stack)
  const own = frames.find((frame) => !frame.file.includes('node_modules/')) ?? frames[0]
  return { ...(own && { file: own.file, line: own.line }), stack: readableStack(error) }
}

let variables: Map<string, string> | undefined

export const wasiHost: Host = {
  store: {
    get: (scope, key) => {
      const value = asking(() => store.get(scope, key))
      return value === null || value === undefined ? undefined : bytes(value)
    },
    put: (scope, key, value) => asking(() => store.put(scope, key, value)),
    delete: (scope, key) => asking(() => store.delete(scope, key)),
    keys: (scope, prefix, after) => asking(() => store.keys(scope, prefix, after ?? null)),
  },
  files: {
    write: (name, mediaType, content) => asking(() => files.write(name, mediaType, content)),
    read: (reference, offset, maxBytes) => bytes(asking(() => files.read(reference, offset, maxBytes))),
  },
  run: {
    respond: (response) => asking(() => run.respond(response)),
    stop: (response) => asking(() => run.stop(response ?? null)),
    waitUntil: (unixMs) => asking(() => run.waitUntil(unixMs)),
    waitForWebhook: (response) => asking(() => run.waitForWebhook(response ?? null)),
  },
  env: (name) => {
    variables ??= new Map(environment.getEnvironment())
    return variables.get(name)
  },
  trace,
}
