/**
 * @module host: what a piece asks of the outside beside the web's globals. In a component it is the world's imports
 * (`runtime/host.ts`); everywhere else, in an author's unit tests, the stand-in of `native.ts`.
 */
import type { Trace } from './failure.ts'

export type StoreScopeName = 'flow' | 'project'

export interface Host {
  store: {
    get(scope: StoreScopeName, key: string): Uint8Array | undefined
    put(scope: StoreScopeName, key: string, value: Uint8Array): void
    delete(scope: StoreScopeName, key: string): void
    keys(scope: StoreScopeName, prefix: string, after?: string): string[]
  }
  files: {
    write(name: string, mediaType: string, content: Uint8Array): string
    read(reference: string, offset: number, maxBytes: number): Uint8Array
  }
  run: {
    respond(response: Uint8Array): void
    stop(response: Uint8Array | undefined): void
    waitUntil(unixMs: number): void
    waitForWebhook(response: Uint8Array | undefined): string
  }
  env(name: string): string | undefined
  /** Where an error was made, in the author's own files. */
  trace(error: Error): Trace
}

let current: Host | undefined

export function setHost(host: Host): void {
  current = host
}

export function host(): Host {
  if (current === undefined) throw new Error('no host: import the piece through @ap-wasm/piece')
  return current
}

/** An environment variable that was granted to the piece; undefined when it was not, or is not set. */
export const env = (name: string): string | undefined => host().env(name)
