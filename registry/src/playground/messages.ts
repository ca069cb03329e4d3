/**
 * @module playground: a piece in its visitor's browser: the very component, metered as in a cell, on nobody's machine but
 * theirs.
 *
 * ```
 *  page      the registry's origin: fetches the artifact (the browser checks its digest), knows nothing else    host.ts
 *    │  the artifact, once
 *  frame     an opaque origin without network: forms, checks, grants, mocks, state; holds what is typed         frame.ts
 *    │  calls, effects
 *  worker    the piece: rewriter, linker, meter; ended by force when it does not end by itself                  worker.ts
 * ```
 *
 * A frame that runs a component reaches nothing (`connect-src 'none'`, no origin of its own). Where the visitor lets his own
 * executor run the calls, another frame reaches that one address, and runs no component.
 *
 * @module playground/messages: what page, frame and worker say to each other.
 */
import type { DoneMessage, Messages } from '@ap-wasm/executor/outside'

/** Frame to page: it listens. */
export interface Hello {
  playground: 'listens'
}

/** Page to frame, with a port for the rest. */
export interface Piece {
  playground: 'piece'
  artifact: ArrayBuffer
}

/** Frame to page, on that port. */
export interface Height {
  height: number
}

/** The component, once; then calls, the answers to their effects, and their end by request. */
export type ToWorker =
  | { type: 'component'; bytes: Uint8Array }
  | { type: 'call'; id: number; message: Messages['Call']; payload: Uint8Array }
  | { type: 'reply'; id: number; seq: number; answer: object; bytes: Uint8Array }
  | { type: 'cancel'; id: number }

export type FromWorker =
  | { type: 'ready'; tookMs: number }
  | { type: 'refused'; reasons: readonly string[] }
  /** Sequence 0: posted, not answered. */
  | { type: 'effect'; id: number; seq: number; effect: Messages['Effect']; bytes: Uint8Array }
  | { type: 'done'; id: number; done: DoneMessage; bytes: Uint8Array }
