/** @module clone: structuredClone for the values that a piece can hold. */

const ERRORS: Record<string, ErrorConstructor> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}

export function structuredClone<T>(value: T): T {
  return copy(value, new Map()) as T
}

function copy(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new DOMException(`a ${typeof value} cannot be cloned`, 'DataCloneError')
  }
  if (typeof value !== 'object' || value === null) return value
  const known = copies.get(value)
  if (known !== undefined) return known
  const keep = <C>(clone: C): C => {
    copies.set(value as object, clone)
    return clone
  }
  if (value instanceof Date) return keep(new Date(value.getTime()))
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags))
  if (value instanceof Boolean || value instanceof Number || value instanceof String)
    return keep(Object(value.valueOf()))
  if (value instanceof ArrayBuffer) return keep(value.slice(0))
  if (ArrayBuffer.isView(value)) {
    const buffer = copy(value.buffer, copies) as ArrayBuffer
    const View = value.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView
    return keep(new View(buffer, value.byteOffset, (value as { length?: number }).length ?? value.byteLength))
  }
  if (value instanceof Map) {
    const map = keep(new Map())
    for (const [key, item] of value) map.set(copy(key, copies), copy(item, copies))
    return map
  }
  if (value instanceof Set) {
    const set = keep(new Set())
    for (const item of value) set.add(copy(item, copies))
    return set
  }
  if (value instanceof Error) {
    const error = keep(new (ERRORS[value.name] ?? Error)(value.message))
    if (value.stack !== undefined) error.stack = value.stack
    if ('cause' in value) {
      const cause = copy(value.cause, copies)
      Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true })
    }
    return error
  }
  if (Array.isArray(value)) {
    const array: unknown[] = keep(new Array(value.length))
    for (const key of Object.keys(value))
      array[key as unknown as number] = copy(value[key as unknown as number], copies)
    return array
  }
  const object: Record<string, unknown> = keep({})
  for (const [key, item] of Object.entries(value)) object[key] = copy(item, copies)
  return object
}
