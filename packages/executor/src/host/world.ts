/** @module host/world: the contract's types over the host's own objects; every table of bindings is checked against them. */
import type { Resources, World } from '../generated/world.ts'
import type { HostCall } from './call.ts'
import type { Fields } from './http-fields.ts'
import type {
  FutureIncomingResponse,
  FutureTrailers,
  IncomingBody,
  IncomingResponse,
  OutgoingBody,
  OutgoingRequest,
  OutgoingResponse,
  RequestOptions,
} from './http-types.ts'
import type { InputStream, IoError, OutputStream, Pollable } from './io.ts'
import type { Network } from './sockets.ts'

/** What a handle of each resource stands for. `never`: nobody makes one, so no guest holds one. */
export interface Handles extends Resources {
  'wasi:cli/terminal-input.terminal-input': never
  'wasi:cli/terminal-output.terminal-output': never
  'wasi:filesystem/types.descriptor': never
  'wasi:filesystem/types.directory-entry-stream': never
  'wasi:http/types.fields': Fields
  'wasi:http/types.future-incoming-response': FutureIncomingResponse
  'wasi:http/types.future-trailers': FutureTrailers
  'wasi:http/types.incoming-body': IncomingBody
  'wasi:http/types.incoming-request': never
  'wasi:http/types.incoming-response': IncomingResponse
  'wasi:http/types.outgoing-body': OutgoingBody
  'wasi:http/types.outgoing-request': OutgoingRequest
  'wasi:http/types.outgoing-response': OutgoingResponse
  'wasi:http/types.request-options': RequestOptions
  'wasi:http/types.response-outparam': never
  'wasi:io/error.error': IoError
  'wasi:io/poll.pollable': Pollable
  'wasi:io/streams.input-stream': InputStream
  'wasi:io/streams.output-stream': OutputStream
  'wasi:sockets/ip-name-lookup.resolve-address-stream': never
  'wasi:sockets/network.network': Network
  'wasi:sockets/tcp.tcp-socket': never
  'wasi:sockets/udp.incoming-datagram-stream': never
  'wasi:sockets/udp.outgoing-datagram-stream': never
  'wasi:sockets/udp.udp-socket': never
}

type Functions<I extends keyof World<Handles>> = World<Handles>[I]

/** The bindings of one interface: each of its functions, taking and giving what WIT says. */
export type Bindings<I extends keyof World<Handles>> = {
  readonly [F in keyof Functions<I>]: Functions<I>[F] extends (...args: infer A) => infer T
    ? {
        readonly run: (call: HostCall, ...args: A) => T | Promise<T>
        readonly waits: boolean
      }
    : never
}
