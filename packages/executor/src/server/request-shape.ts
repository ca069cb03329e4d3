/** @module server/request-shape: checks the parts of a request against the schemas of its route. */
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'

/** Parts but the body are text, which becomes what the schema says; what fits as it came is not converted. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const shape = Compile(schema)
  return (value: unknown) => {
    if (shape.Check(value)) return { value }
    const converted = httpPart === 'body' ? value : Value.Convert(schema, value)
    if (shape.Check(converted)) return { value: converted }
    return { error: shape.Errors(converted) as never }
  }
}
