/**
 * @module effects/ask: the exact shape of every question a cell may send. A cell runs strangers' code and may have been
 * taken over: what an honest cell cannot send is `Malformed`, and the pool kills the cell that sent it.
 */
import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { EffectKind } from '../effect.ts'
import { Malformed } from '../wire.ts'

const shape = (properties: Record<string, TSchema>) => Type.Object(properties, { additionalProperties: false })
const oneOf = (...values: string[]) => Type.Union(values.map((value) => Type.Literal(value)))
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const exchange = Type.Integer({ minimum: 0, maximum: 0xffff_ffff })
const scope = oneOf('flow', 'project')
/** Longer than any limit, so that a guest's excess is refused by its limit and a cell's flood by its shape. */
const text = Type.String({ maxLength: 128 * 1024 })

const ASKS: { readonly [K in EffectKind]: TSchema } = {
  'http.request': shape({
    exchange,
    method: text,
    scheme: text,
    authority: text,
    pathWithQuery: text,
    headers: Type.Array(Type.Tuple([text, text]), { maxItems: 10_000 }),
    body: oneOf('none', 'whole', 'stream'),
    connectTimeoutMs: Type.Optional(Type.Number({ minimum: 0 })),
    firstByteTimeoutMs: Type.Optional(Type.Number({ minimum: 0 })),
    betweenBytesTimeoutMs: Type.Optional(Type.Number({ minimum: 0 })),
  }),
  'http.body': shape({ exchange, end: Type.Boolean() }),
  'http.read': shape({ exchange, max: Type.Integer({ minimum: 1, maximum: 0xffff_ffff }) }),
  'http.close': shape({ exchange }),
  'store.get': shape({ scope, key: text }),
  'store.put': shape({ scope, key: text }),
  'store.delete': shape({ scope, key: text }),
  'store.keys': shape({ scope, prefix: text, after: Type.Optional(text) }),
  'files.write': shape({ name: text, mediaType: text }),
  'files.read': shape({ reference: text, offset: count, maxBytes: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }) }),
  'run.respond': shape({}),
  'run.stop': shape({ hasResponse: Type.Boolean() }),
  'run.wait-until': shape({ unixMs: Type.Number({ minimum: 0 }) }),
  'run.wait-for-webhook': shape({ hasResponse: Type.Boolean() }),
  log: shape({
    level: oneOf('trace', 'debug', 'info', 'warn', 'error', 'critical'),
    context: text,
    message: Type.String({ maxLength: 1024 * 1024 }),
    atMs: Type.Number(),
  }),
}

const CHECKS = new Map(Object.entries(ASKS).map(([kind, schema]) => [kind, Compile(schema)]))

/** Throws `Malformed` unless the ask is one that an honest cell may send. */
export function checkAsk(kind: string, ask: unknown): void {
  const schema = CHECKS.get(kind)
  if (!schema) throw new Malformed('the cell asked for an effect of an unknown kind')
  if (schema.Check(ask)) return
  const [first] = schema.Errors(ask)
  throw new Malformed(`the cell sent a malformed ${kind}: ${first?.instancePath} ${first?.message}`)
}
