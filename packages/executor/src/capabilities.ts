/**
 * @module capabilities: the one table of importable interfaces. The inspector allows nothing else, and `docs/capabilities.md`
 * is made of it. A patch version of WASI 0.2 is the same interface.
 */
import type { LimitName } from './limits.ts'

/** A part of `capabilities` in piece.json. */
export const CAPABILITY_NAMES = ['http', 'env', 'store', 'files', 'run'] as const
export type CapabilityName = (typeof CAPABILITY_NAMES)[number]

interface Row {
  /**
   * `asked`: works where piece.json asks and a tenant grants, and refuses otherwise. `always`: harmless, capped. `inert`:
   * toolchains import it without need; it finds nothing.
   */
  kind: 'asked' | 'always' | 'inert'
  asks?: CapabilityName
  /** What a piece can do with it. */
  does: string
  /** What the guest meets without the grant. */
  otherwise?: string
  limits?: readonly LimitName[]
}

const always = (does: string, limits?: readonly LimitName[]): Row =>
  limits === undefined ? { kind: 'always', does } : { kind: 'always', does, limits }
const asked = (asks: CapabilityName, does: string, otherwise: string, limits?: readonly LimitName[]): Row => ({
  kind: 'asked',
  asks,
  does,
  otherwise,
  ...(limits === undefined ? {} : { limits }),
})
const inert = (does: string): Row => ({ kind: 'inert', does })

/** By interface name without version. */
export const CAPABILITIES: Readonly<Record<string, Row>> = {
  'wasi:http/outgoing-handler': asked(
    'http',
    'Sends HTTP requests to the hosts that piece.json names.',
    '`HTTP-request-denied`, and the line to add to piece.json in the call’s log',
    ['httpRequests', 'httpConcurrent', 'httpBodyBytes', 'httpFirstByteMs', 'httpBetweenBytesMs'],
  ),
  'wasi:http/types': always('The types of requests, responses, headers and bodies; by itself it sends nothing.'),
  'wasi:cli/environment': asked('env', 'Reads the variables that piece.json names.', 'the name is absent'),
  'ap:piece/store': asked('store', 'Keeps state that outlives the call.', 'failure `not_granted`', [
    'storeKeyBytes',
    'storeValueBytes',
    'storeOps',
  ]),
  'ap:piece/files': asked(
    'files',
    'Writes files that outlive the call, reads files given to it.',
    'failure `not_granted`',
    ['fileBytes', 'files'],
  ),
  'ap:piece/run': asked('run', 'Answers, ends or pauses the run that the call is part of.', 'failure `not_granted`'),
  'ap:piece/types': always('The types of payloads and failures.'),
  'wasi:logging/logging': always('Writes to the call’s log.', ['logBytes', 'logLineBytes']),
  'wasi:cli/stdout': always('Writes to the call’s log.', ['logBytes', 'logLineBytes']),
  'wasi:cli/stderr': always('Writes to the call’s log.', ['logBytes', 'logLineBytes']),
  'wasi:clocks/wall-clock': always('Reads the time, in steps of 1 ms.'),
  'wasi:clocks/monotonic-clock': always('Measures and waits, in steps of 1 ms.'),
  'wasi:random/random': always('Random bytes, at most 64 KiB a call.'),
  'wasi:random/insecure': always('Random bytes, at most 64 KiB a call.'),
  'wasi:random/insecure-seed': always('A random seed.'),
  'wasi:io/poll': always('Waits for several things at once.'),
  'wasi:io/streams': always('Reads and writes what other interfaces hand out.'),
  'wasi:io/error': always('The text of a stream’s error.'),
  'wasi:cli/stdin': inert('Is at its end.'),
  'wasi:cli/exit': inert('Ends the call with AP_EXITED, never a process.'),
  'wasi:cli/terminal-input': inert('There is no terminal.'),
  'wasi:cli/terminal-output': inert('There is no terminal.'),
  'wasi:cli/terminal-stdin': inert('There is no terminal.'),
  'wasi:cli/terminal-stdout': inert('There is no terminal.'),
  'wasi:cli/terminal-stderr': inert('There is no terminal.'),
  'wasi:filesystem/preopens': inert('There are no preopened folders.'),
  'wasi:filesystem/types': inert('Nothing can be opened.'),
  'wasi:sockets/network': inert('There are no addresses.'),
  'wasi:sockets/instance-network': inert('There are no addresses.'),
  'wasi:sockets/ip-name-lookup': inert('No name resolves.'),
  'wasi:sockets/tcp': inert('No socket can be made.'),
  'wasi:sockets/tcp-create-socket': inert('No socket can be made.'),
  'wasi:sockets/udp': inert('No socket can be made.'),
  'wasi:sockets/udp-create-socket': inert('No socket can be made.'),
}
