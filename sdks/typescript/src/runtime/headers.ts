/** @module headers: the Fetch standard's Headers. */

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

function headerName(name: unknown): string {
  const text = String(name)
  if (!NAME.test(text)) throw new TypeError(`"${text}" is not a header name`)
  return text.toLowerCase()
}

function headerValue(value: unknown): string {
  const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '')
  // Also a guard: a line break would let a value add headers of its own.
  if (/[\0\r\n]|[^\0-\xff]/.test(text)) throw new TypeError(`a header value has a character that headers cannot carry`)
  return text
}

export type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>

export class Headers {
  #values = new Map<string, string[]>()

  constructor(init?: HeadersInit | null) {
    if (init === undefined || init === null) return
    const pairs = Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init)
    for (const [name, value] of pairs) this.append(name, value)
  }

  append(name: string, value: string): void {
    const key = headerName(name)
    const values = this.#values.get(key)
    if (values) values.push(headerValue(value))
    else this.#values.set(key, [headerValue(value)])
  }
  set(name: string, value: string): void {
    this.#values.set(headerName(name), [headerValue(value)])
  }
  get(name: string): string | null {
    return this.#values.get(headerName(name))?.join(', ') ?? null
  }
  has(name: string): boolean {
    return this.#values.has(headerName(name))
  }
  delete(name: string): void {
    this.#values.delete(headerName(name))
  }
  getSetCookie(): string[] {
    return [...(this.#values.get('set-cookie') ?? [])]
  }
  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    for (const [name, value] of this) callback.call(thisArg, value, name, this)
  }
  *entries(): IterableIterator<[string, string]> {
    for (const name of [...this.#values.keys()].sort()) {
      const values = this.#values.get(name) ?? []
      if (name === 'set-cookie') for (const value of values) yield [name, value]
      else yield [name, values.join(', ')]
    }
  }
  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name
  }
  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }
  get [Symbol.toStringTag](): string {
    return 'Headers'
  }
}
