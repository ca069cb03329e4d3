/**
 * @module host: every import that a piece can have. WORLD is the whole list of what a guest can reach: a line here is a
 * decision about security.
 */
import type { HostInterface, HostWorld } from './call.ts'
import * as cli from './cli.ts'
import * as clocks from './clocks.ts'
import * as files from './files.ts'
import * as filesystem from './filesystem.ts'
import * as http from './http-types.ts'
import * as io from './io.ts'
import * as logging from './logging.ts'
import * as handler from './outgoing-handler.ts'
import * as random from './random.ts'
import * as run from './run.ts'
import * as sockets from './sockets.ts'
import * as store from './store.ts'

/** Resources and types alone: nothing can be called. */
const TYPES: HostInterface = {}

export const WORLD: HostWorld = {
  // asked for and granted: the supervisor checks each effect
  'wasi:http/outgoing-handler': handler.outgoingHandler,
  'wasi:cli/environment': cli.environment,
  'ap:piece/store': store.store,
  'ap:piece/files': files.files,
  'ap:piece/run': run.run,

  // always there, bounded
  'wasi:http/types': http.types,
  'wasi:logging/logging': logging.logging,
  'wasi:cli/stdout': cli.stdout,
  'wasi:cli/stderr': cli.stderr,
  'wasi:clocks/wall-clock': clocks.wallClock,
  'wasi:clocks/monotonic-clock': clocks.monotonicClock,
  'wasi:random/random': random.random,
  'wasi:random/insecure': random.insecure,
  'wasi:random/insecure-seed': random.insecureSeed,
  'wasi:io/error': io.error,
  'wasi:io/poll': io.pollInterface,
  'wasi:io/streams': io.streams,
  'ap:piece/types': TYPES,

  // inert: toolchains import them without need
  'wasi:cli/exit': cli.exit,
  'wasi:cli/stdin': cli.stdin,
  'wasi:cli/terminal-input': TYPES,
  'wasi:cli/terminal-output': TYPES,
  'wasi:cli/terminal-stdin': cli.terminalStdin,
  'wasi:cli/terminal-stdout': cli.terminalStdout,
  'wasi:cli/terminal-stderr': cli.terminalStderr,
  'wasi:filesystem/types': filesystem.types,
  'wasi:filesystem/preopens': filesystem.preopens,
  'wasi:sockets/network': TYPES,
  'wasi:sockets/instance-network': sockets.instanceNetwork,
  'wasi:sockets/ip-name-lookup': sockets.ipNameLookup,
  'wasi:sockets/tcp': sockets.tcp,
  'wasi:sockets/tcp-create-socket': sockets.tcpCreateSocket,
  'wasi:sockets/udp': sockets.udp,
  'wasi:sockets/udp-create-socket': sockets.udpCreateSocket,
}

export { createHostCall, type HostCallOptions, type HostCallState } from './host-call.ts'
export { FORBIDDEN_HEADERS } from './http-fields.ts'
export { flushLines, printable, stderrTail } from './lines.ts'
export { createRandom } from './random.ts'
export { createStartClock } from './start.ts'
export { type CallClock, type ClockOptions, createClock } from './time.ts'
