/** @module runtime: the exports of a component. The build's entry imports this first, then the author's module, and calls `serve`. */
import './globals.ts'
import { toFailure } from '../failure.ts'
import { describe, runAction, runResolve, runTrigger, type TriggerHook } from '../handler.ts'
import { setHost } from '../host.ts'
import { setUtf8 } from '../payload.ts'
import { Piece } from '../piece.ts'
import { log } from './console.ts'
import { frozenReads } from './frozen.ts'
import { wasiHost } from './host.ts'
import { drain } from './jobs.ts'
import { runToEnd } from './loop.ts'
import { takeUnhandled } from './promise.ts'
import { decodeUtf8Strict, encodeUtf8 } from './text.ts'

setHost(wasiHost)
setUtf8({ encode: encodeUtf8, decode: decodeUtf8Strict })

/** WIT's record `failure` as the engine takes it. */
interface WireFailure {
  code: string
  message: string
  retryAfterMs: number | null
  detail: Uint8Array | null
}

/** Room that the snapshot keeps free in its heap, so that a usual call does not make the memory grow: a grown instance cannot be reset. */
const HEADROOM_BYTES = 1024 * 1024

function pieceOf(module: Record<string, unknown>): Piece {
  const found = Object.values(module).filter((value) => value instanceof Piece)
  if (found.length === 1) return found[0]!
  throw new Error(
    found.length === 0
      ? 'the entry module exports no piece: export the result of createPiece'
      : 'the entry module exports more than one piece; a component is one',
  )
}

/** The exported interface `handler` for the piece that the author's module exports. */
export function serve(module: Record<string, unknown>) {
  // What the modules began must have ended well: it cannot go on after the snapshot.
  drain()
  const [lost] = takeUnhandled()
  if (lost !== undefined) throw lost
  const piece = pieceOf(module)
  const description = JSON.stringify(describe(piece))
  const { encoding } = piece

  const wire = (thrown: unknown): WireFailure => {
    const failure = toFailure(thrown, wasiHost.trace)
    let detail: Uint8Array | null = null
    try {
      if (failure.detail !== undefined) detail = encoding.encode(failure.detail)
    } catch {
      log('warn', `the detail of failure "${failure.code}" cannot be encoded and was left out`)
    }
    const after = failure.retryAfterMs
    return {
      code: failure.code,
      message: failure.message.toWellFormed(),
      retryAfterMs: after === undefined || !(after >= 0) ? null : Math.ceil(after),
      detail,
    }
  }
  const decoded = (input: Uint8Array | number[]): unknown =>
    encoding.decode(input instanceof Uint8Array ? input : Uint8Array.from(input))
  const call = (start: () => unknown): Uint8Array => {
    try {
      return encoding.encode(runToEnd(start))
    } catch (thrown) {
      throw wire(thrown)
    }
  }

  // The engine makes its built-in functions when they are first asked for: 25,000 instructions of a call are spared here.
  encoding.decode(encoding.encode({}))
  new ArrayBuffer(HEADROOM_BYTES)

  return {
    describe(): string {
      runToEnd(() => {
        for (const read of frozenReads()) log('warn', read)
      })
      return description
    },
    init(): void {},
    action: (name: string, input: Uint8Array) => call(() => runAction(piece, name, decoded(input))),
    trigger: (name: string, hook: TriggerHook, input: Uint8Array) =>
      call(() => runTrigger(piece, name, hook, decoded(input))),
    resolve: (path: string, input: Uint8Array) => call(() => runResolve(piece, path, decoded(input))),
  }
}
