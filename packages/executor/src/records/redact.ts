/**
 * @module records/redact: takes the secrets of a call out of what is kept of it. Each is found by its value (as it is, escaped
 * in JSON, URL-encoded, in base64 at any alignment) and replaced by its name: `redacted-auth-props-token`,
 * `redacted-env-API-KEY`. A header and a URL can hold it, so that a record and a case run again.
 */

/** Shorter strings are too common to be replaced wherever they stand. */
const MIN_CHARS = 6

/** Headers whose value is a secret by their nature, whatever it is. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'api-key',
  'x-api-key',
  'x-auth-token',
  'x-access-token',
])

export interface Redactor {
  text(value: string): string
  bytes(value: Uint8Array): Uint8Array
  /** Every string in a JSON-like value, keys included; bytes too. */
  value<T>(value: T): T
  headers(headers: readonly (readonly [string, string])[]): [string, string][]
}

/** `isPublic`: paths such as `auth.type` whose strings are no secrets and are needed for a replay. */
export function createRedactor(
  auth: unknown,
  env: Readonly<Record<string, string>>,
  isPublic: (path: string) => boolean = () => false,
): Redactor {
  const names = new Map<string, string>()
  for (const [path, secret] of secretsIn({ auth, env }, ''))
    if (!isPublic(path)) for (const form of formsOf(secret)) if (!names.has(form)) names.set(form, nameOf(path))

  const latin1 = (value: string): string => Buffer.from(value, 'utf8').toString('latin1')
  const inText = replacer(names)
  const inBytes = replacer(new Map([...names].map(([form, name]) => [latin1(form), latin1(name)])))

  const redactor: Redactor = {
    text: inText,
    bytes(value) {
      if (names.size === 0) return value
      const before = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
      const after = inBytes(before)
      return after === before ? value : new Uint8Array(Buffer.from(after, 'latin1'))
    },
    value: (value) => (names.size === 0 ? value : (deep(value, redactor) as typeof value)),
    headers: (headers) =>
      headers.map(([name, value]) => [
        name,
        SECRET_HEADERS.has(name.toLowerCase()) ? nameOf(`header.${name.toLowerCase()}`) : inText(value),
      ]),
  }
  return redactor
}

const nameOf = (path: string): string => `redacted-${path.replace(/[^A-Za-z0-9]+/g, '-')}`

function deep(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value)
  if (value instanceof Uint8Array) return redactor.bytes(value)
  if (Array.isArray(value)) return value.map((item) => deep(item, redactor))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redactor.text(key), deep(item, redactor)]))
}

/** A pattern of whole secrets would be too large for the engine: it looks for their beginnings. */
const HEAD_CHARS = 12

/** One pass; where two secrets begin at the same place the longer one counts. */
function replacer(names: ReadonlyMap<string, string>): (value: string) => string {
  if (names.size === 0) return (value) => value
  const byHead = Map.groupBy(
    [...names.keys()].sort((a, b) => b.length - a.length),
    (form) => form.slice(0, HEAD_CHARS),
  )
  const pattern = new RegExp([...byHead.keys()].map(RegExp.escape).join('|'), 'g')
  const formAt = (value: string, at: number): string | undefined => {
    for (let length = HEAD_CHARS; length >= MIN_CHARS; length--) {
      const form = byHead.get(value.slice(at, at + length))?.find((one) => value.startsWith(one, at))
      if (form !== undefined) return form
    }
    return undefined
  }
  return (value) => {
    let redacted = ''
    let from = 0
    pattern.lastIndex = 0
    for (let found = pattern.exec(value); found !== null; found = pattern.exec(value)) {
      const form = formAt(value, found.index)
      pattern.lastIndex = found.index + (form?.length ?? 1)
      if (form === undefined) continue
      redacted += value.slice(from, found.index) + names.get(form)
      from = pattern.lastIndex
    }
    return redacted + value.slice(from)
  }
}

function* secretsIn(value: unknown, path: string): Generator<[path: string, secret: string]> {
  if (typeof value === 'string') {
    if (value.length >= MIN_CHARS) yield [path, value]
  } else if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
    for (const [key, item] of Object.entries(value)) yield* secretsIn(item, path === '' ? key : `${path}.${key}`)
  }
}

function formsOf(secret: string): Set<string> {
  const forms = new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
  ])
  const bytes = Buffer.from(secret, 'utf8')
  for (const before of [0, 1, 2]) {
    // Of the secret inside a longer text: only the digits that it alone determines.
    const from = Math.ceil((before * 8) / 6)
    const to = Math.floor(((before + bytes.length) * 8) / 6)
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(from, to)
    if (digits.length < MIN_CHARS) continue
    forms.add(digits)
    forms.add(digits.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return forms
}
