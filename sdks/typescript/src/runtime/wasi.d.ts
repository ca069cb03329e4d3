/**
 * The imports of the world `piece` as the QuickJS toolchain presents them: 64-bit integers as numbers, an option as null,
 * the error of a result thrown. The build gives each of these names its version.
 */

declare module 'wasi:io/poll' {
  export interface Pollable extends Disposable {
    ready(): boolean
    block(): void
  }
  const poll: { poll(list: Pollable[]): number[] | Uint32Array }
  export default poll
}

declare module 'wasi:io/streams' {
  import type { Pollable } from 'wasi:io/poll'
  export interface IoError extends Disposable {
    toDebugString(): string
  }
  export interface InputStream extends Disposable {
    read(bytes: number): Uint8Array | number[]
    subscribe(): Pollable
  }
  export interface OutputStream extends Disposable {
    checkWrite(): number
    write(bytes: Uint8Array): void
    flush(): void
    subscribe(): Pollable
  }
  const streams: object
  export default streams
}

declare module 'wasi:clocks/monotonic-clock' {
  import type { Pollable } from 'wasi:io/poll'

  const clock: { now(): number; subscribeDuration(ns: number): Pollable }
  export default clock
}

declare module 'wasi:clocks/wall-clock' {
  const clock: { now(): { seconds: number; nanoseconds: number } }
  export default clock
}

declare module 'wasi:random/random' {
  const random: { getRandomBytes(length: number): Uint8Array | number[] }
  export default random
}

declare module 'wasi:cli/environment' {
  const environment: { getEnvironment(): [name: string, value: string][] }
  export default environment
}

declare module 'wasi:logging/logging' {
  const logging: {
    log(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'critical', context: string, message: string): void
  }
  export default logging
}

declare module 'wasi:http/types' {
  import type { Pollable } from 'wasi:io/poll'
  import type { InputStream, IoError, OutputStream } from 'wasi:io/streams'
  export interface ErrorCode {
    tag: string
    val?: unknown
  }
  export interface Fields extends Disposable {
    entries(): [name: string, value: Uint8Array | number[]][]
  }
  export interface OutgoingBody extends Disposable {
    write(): OutputStream
  }
  export interface OutgoingRequest extends Disposable {
    body(): OutgoingBody
    setMethod(method: { tag: string; val?: string }): void
    setScheme(scheme: { tag: string; val?: string } | null): void
    setAuthority(authority: string | null): void
    setPathWithQuery(path: string | null): void
  }
  export interface IncomingBody extends Disposable {
    stream(): InputStream
  }
  export interface IncomingResponse extends Disposable {
    status(): number
    headers(): Fields
    consume(): IncomingBody
  }
  export interface FutureIncomingResponse extends Disposable {
    subscribe(): Pollable
    get():
      | { tag: 'ok'; val: { tag: 'ok'; val: IncomingResponse } | { tag: 'err'; val: ErrorCode } }
      | { tag: 'err' }
      | null
  }
  const types: {
    Fields: { fromList(list: [name: string, value: Uint8Array][]): Fields }
    OutgoingRequest: new (headers: Fields) => OutgoingRequest
    OutgoingBody: { finish(body: OutgoingBody, trailers: Fields | null): void }
    httpErrorCode(error: IoError): ErrorCode | null
  }
  export default types
}

declare module 'wasi:http/outgoing-handler' {
  import type { FutureIncomingResponse, OutgoingRequest } from 'wasi:http/types'

  const handler: { handle(request: OutgoingRequest, options: null): FutureIncomingResponse }
  export default handler
}

declare module 'ap:piece/store' {
  type Scope = 'flow' | 'project'
  const store: {
    get(scope: Scope, key: string): Uint8Array | number[] | null
    put(scope: Scope, key: string, value: Uint8Array): void
    delete(scope: Scope, key: string): void
    keys(scope: Scope, prefix: string, after: string | null): string[]
  }
  export default store
}

declare module 'ap:piece/files' {
  const files: {
    write(name: string, mediaType: string, content: Uint8Array): string
    read(reference: string, offset: number, maxBytes: number): Uint8Array | number[]
  }
  export default files
}

declare module 'ap:piece/run' {
  const run: {
    respond(response: Uint8Array): void
    stop(response: Uint8Array | null): void
    waitUntil(unixMs: number): void
    waitForWebhook(response: Uint8Array | null): string
  }
  export default run
}
