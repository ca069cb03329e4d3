/**
 * @module @ap-wasm/piece/testing: calls a piece in an author's unit tests, in Node, without a component. Store and files are
 * in memory; `fetch` is Node's own, so a test stubs it as it likes. `ap-wasm test` runs the real component.
 *
 * @example
 * const outside = testOutside()
 * await runAction(piece, 'fetch', { props: { url }, auth: { type: 'SECRET_TEXT', secret_text: 't' } })
 */
import type { CallInput } from './context.ts'
import { describe } from './describe.ts'
import type { TriggerHook } from './handler.ts'
import * as handler from './handler.ts'
import { setHost } from './host.ts'
import { type NativeHost, nativeHost } from './native.ts'
import type { Piece } from './piece.ts'
import type { ResolveInput } from './resolve.ts'

export type { NativeHost } from './native.ts'
export type { CallInput, ResolveInput, TriggerHook }

/** A new, empty outside for the calls that follow: its store, its files, what was asked of the run. */
export function testOutside(): NativeHost {
  const host = nativeHost()
  setHost(host)
  return host
}

/** The value as it comes out of a component: what JSON leaves of it. */
const travelled = (piece: Piece, value: unknown): unknown => piece.encoding.decode(piece.encoding.encode(value))

/** Runs an action and returns its result; throws its `Failure`. */
export async function runAction(piece: Piece, name: string, input: CallInput = {}): Promise<unknown> {
  return travelled(piece, await handler.runAction(piece, name, input))
}

/** Runs one hook of a trigger. */
export async function runTrigger(
  piece: Piece,
  name: string,
  hook: TriggerHook,
  input: CallInput = {},
): Promise<unknown> {
  return travelled(piece, await handler.runTrigger(piece, name, hook, input))
}

/** Computes what stands at a path: `actions/<action>/props/<property>`, `auth/validate` … */
export async function resolve(piece: Piece, path: string, input: ResolveInput = {}): Promise<unknown> {
  return travelled(piece, await handler.runResolve(piece, path, input))
}

/** The description that the piece's component returns. */
export const describePiece = (piece: Piece): unknown => travelled(piece, describe(piece))
