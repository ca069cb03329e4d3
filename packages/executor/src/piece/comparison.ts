/** @module piece/comparison: where two JSON values differ, place by place, as a person reads it. */

export interface Difference {
  /** `output.items[2].name` */
  path: string
  /** Absent: there is nothing on that side. */
  expected?: unknown
  actual?: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const step = (path: string, key: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`

/** Beyond so many, more of them help nobody. */
const MAX = 100

export function compare(path: string, expected: unknown, actual: unknown, found: Difference[] = []): Difference[] {
  if (found.length >= MAX || Object.is(expected, actual)) return found
  if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let i = 0; i < Math.max(expected.length, actual.length); i++)
      side(`${path}[${i}]`, i < expected.length, expected[i], i < actual.length, actual[i], found)
  } else if (isObject(expected) && isObject(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)]))
      side(step(path, key), Object.hasOwn(expected, key), expected[key], Object.hasOwn(actual, key), actual[key], found)
  } else if (expected !== actual) found.push({ path, expected, actual })
  return found
}

function side(path: string, had: boolean, expected: unknown, has: boolean, actual: unknown, found: Difference[]): void {
  if (had && has) compare(path, expected, actual, found)
  else if (found.length < MAX) found.push({ path, ...(had ? { expected } : { actual }) })
}

const SHOWN_CHARS = 400
const json = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}… (${text.length} characters)` : text
}

/** Of two long texts: from a little before the place where they part. */
function texts(expected: string, actual: string): [string, string] {
  let at = 0
  while (at < expected.length && expected[at] === actual[at]) at++
  const from = Math.max(0, at - 40)
  const part = (text: string): string =>
    `${from > 0 ? '…' : ''}${json(text.slice(from, from + 160))}${text.length > from + 160 ? '…' : ''}`
  return [part(expected), part(actual)]
}

/** Three lines for each: the place, what was expected, what came. */
export function differenceLines(
  differences: readonly Difference[],
  signs: readonly [string, string] = ['-', '+'],
): string[] {
  const lines = differences.flatMap((one) => {
    const { path, expected, actual } = one
    const long = typeof expected === 'string' && typeof actual === 'string' && expected.length + actual.length > 160
    const [left, right] = long ? texts(expected, actual) : [json(expected), json(actual)]
    return [
      path,
      ...('expected' in one ? [`  ${signs[0]} ${left}`] : []),
      ...('actual' in one ? [`  ${signs[1]} ${right}`] : []),
    ]
  })
  if (differences.length === MAX) lines.push(`… only the first ${MAX} differences`)
  return lines
}
