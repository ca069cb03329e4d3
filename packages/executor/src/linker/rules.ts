/**
 * @module rules: when a picture of an instance may be taken, when an instance may be reset to it, and when it must go. All
 * of them in one place; docs/pictures.md says why. An answer is a reason in words, or undefined where nothing is against it.
 */

/** Above this a picture would cost more memory than the starts that it saves. */
export const PICTURE_BYTES = 128 * 1024 * 1024
/** Of all memories and modules of one instance. */
const GLOBALS = 20_000
/** Fuel of a start from which on a new instance is filled from its picture: below it, starting is as quick. */
export const RESTORE_FUEL = 1_000_000

/** Bits that `ap_renews` answers with; all others are for later and mean no picture. */
const RENEWS_RANDOM = 1

/** What a start may have asked for, by interface; everything else it would have to ask for again in every call. */
const START_MAY: Readonly<Record<string, 'always' | 'renewed' | 'by environment'>> = {
  // Its time stands at a fixed date, and the call's goes on from there.
  'wasi:clocks/wall-clock': 'always',
  'wasi:clocks/monotonic-clock': 'always',
  'wasi:io/poll': 'always',
  // The same answer for everybody.
  'wasi:cli/stdin': 'always',
  'wasi:cli/stdout': 'always',
  'wasi:cli/stderr': 'always',
  'wasi:cli/terminal-stdin': 'always',
  'wasi:cli/terminal-stdout': 'always',
  'wasi:cli/terminal-stderr': 'always',
  'wasi:filesystem/preopens': 'always',
  'wasi:cli/environment': 'by environment',
  'wasi:random/random': 'renewed',
  'wasi:random/insecure': 'renewed',
  'wasi:random/insecure-seed': 'renewed',
}

const interfaceOf = (call: string): string => call.slice(0, call.indexOf('#'))

export interface Started {
  /** Instructions of its code that change tables or use up segments. */
  readonly lasting: readonly string[]
  /** What its start asked of the host, by `interface#function`. */
  readonly hostCalls: Readonly<Record<string, number>>
  /** What `ap_renews` answered; 0 without it. */
  readonly renews: number
  readonly openHandles: number
  readonly memoryBytes: number
  /** Values of all mutable globals; `undefined` for what JavaScript cannot see. */
  readonly globals: readonly unknown[]
}

/** Whether the start reads the environment: then its picture is for calls with the same one. */
export const readsEnvironment = (hostCalls: Started['hostCalls']): boolean =>
  Object.keys(hostCalls).some((call) => START_MAY[interfaceOf(call)] === 'by environment')

export const renewsRandom = (renews: number): boolean => renews === RENEWS_RANDOM

/** Why no instance of the program can be put back, whatever it does: known before the first one starts. */
export const whyNeverPictured = (lasting: readonly string[]): string | undefined =>
  lasting.length > 0 ? `its code uses ${lasting.join(', ')}` : undefined

export function whyNotPictured(started: Started): string | undefined {
  const never = whyNeverPictured(started.lasting)
  if (never !== undefined) return never
  for (const call of Object.keys(started.hostCalls)) {
    const may = START_MAY[interfaceOf(call)]
    if (may === undefined) return `its start calls ${call}`
    if (may === 'renewed' && !renewsRandom(started.renews))
      return `its start calls ${call}, and the piece does not renew what it drew`
  }
  if (started.openHandles > 0) return `its start leaves ${started.openHandles} handles open`
  if (started.memoryBytes > PICTURE_BYTES) return `it starts with ${started.memoryBytes} bytes of memory`
  if (started.globals.length > GLOBALS) return `it has ${started.globals.length} mutable globals`
  for (const value of started.globals) {
    if (typeof value !== 'number' && typeof value !== 'bigint') return 'a mutable global holds no number'
    // The bits of a NaN do not survive JavaScript.
    if (Number.isNaN(value)) return 'a mutable global holds NaN'
  }
  return undefined
}

export interface Ended {
  /** The call ended with a result or a failure of the piece. */
  readonly answered: boolean
  /** Nothing runs or waits in it, and no handle is open. */
  readonly idle: boolean
  /** Why it was ended, if it was. */
  readonly death: Error | undefined
  readonly memoryBytes: number
}

export function whyNotReset(ended: Ended, pictureBytes: number): string | undefined {
  if (ended.death !== undefined || !ended.answered) return 'its call ended with an error'
  if (!ended.idle) return 'its call left a handle open, or something that waits'
  if (ended.memoryBytes !== pictureBytes) return 'its memory grew'
  return undefined
}
