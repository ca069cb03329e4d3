/** @module thrown: what an import threw. The engine wraps the error of a result in an Error of its own. */

/** The error of the WIT result; anything else as it is. */
export function payloadOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'payload' in thrown ? thrown.payload : thrown
}

/** The tag, if it is a variant. */
export function tagOf(thrown: unknown): string | undefined {
  const payload = payloadOf(thrown)
  return typeof payload === 'object' && payload !== null && 'tag' in payload ? String(payload.tag) : undefined
}
