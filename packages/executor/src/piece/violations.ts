/** @module piece/violations: what a schema says against a value, one sentence for each fault, with its place in the author's terms. */
import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Errors } from 'typebox/value'
import { type Path, showPath } from '../codec/value.ts'

export interface Violation {
  /** `props.items[3].name` */
  path: string
  message: string
}

/** A hostile value may hold a million faults: what nobody reads to the end is not written down. */
const MAX_VIOLATIONS = 100
// TypeBox stops at 8, and an unknown key counts as two.
Settings.Set({ maxErrors: 2 * MAX_VIOLATIONS })

export class Violations {
  readonly list: Violation[] = []
  #more = 0

  add(path: Path, message: string): void {
    if (this.list.length < MAX_VIOLATIONS) this.list.push({ path: placeOf(path), message })
    else this.#more++
  }

  get count(): number {
    return this.list.length + this.#more
  }

  has(path: Path): boolean {
    const place = placeOf(path)
    return this.list.some((one) => one.path === place)
  }

  all(): Violation[] {
    return this.#more === 0 ? this.list : [...this.list, { path: '…', message: `and ${this.#more} more` }]
  }
}

/** Without the codec's `$.`: the first step is a name that the reader knows (`props`, `actions`). */
const placeOf = (path: Path): string => showPath(path).replace(/^\$\.?/, '') || 'the whole'

export const sentences = (violations: readonly Violation[]): string[] =>
  violations.map(({ path, message }) => `${path}: ${message}`)

/** Adds what `schema` says against `value`, which stands at `path`. */
export function collect(violations: Violations, schema: TSchema, value: unknown, path: Path = []): void {
  for (const error of Errors(schema, value)) {
    const at = [...path, ...steps(error.instancePath, value)]
    const params = error.params as Record<string, unknown>
    switch (error.keyword) {
      case 'boolean':
        break // The reason of `additionalProperties`, which names the key.
      case 'additionalProperties':
        for (const key of params.additionalProperties as string[]) violations.add([...at, key], 'is not a known key')
        break
      case 'required':
        for (const key of params.requiredProperties as string[]) violations.add([...at, key], 'is missing')
        break
      case 'const':
        violations.add(at, `must be ${JSON.stringify(params.allowedValue)}`)
        break
      case 'enum':
        violations.add(at, `must be one of ${(params.allowedValues as unknown[]).map(String).join(', ')}`)
        break
      case 'type':
        violations.add(at, `must be ${article(String(params.type))}`)
        break
      case 'pattern':
        // Whoever knows the rule behind the pattern said it in words before.
        if (!violations.has(at)) violations.add(at, error.message)
        break
      default:
        violations.add(at, error.message)
    }
  }
}

const article = (type: string): string =>
  ({ string: 'text', object: 'an object', array: 'a list', integer: 'a whole number', boolean: 'true or false' })[
    type
  ] ?? `a ${type}`

/** The steps of a JSON pointer; an index into a list becomes a number. */
function steps(pointer: string, value: unknown): (string | number)[] {
  const path: (string | number)[] = []
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(value) ? Number(key) : key)
    value = (value as Record<string, unknown> | undefined)?.[key]
  }
  return path
}
