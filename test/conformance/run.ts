/** @module run: one case against one language: what is not as it says, in lines. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkDescription } from '../../packages/executor/src/description.ts'
import { WORLD } from '../../packages/executor/src/host/index.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { CANARY } from '../built.ts'
import { type Case, type Expectation, meant, type Step } from './case.ts'
import { differences } from './difference.ts'
import type { Seen, Servers } from './servers.ts'
import { type Ended, type Store, type Subject, storeWith, valuesIn } from './subject.ts'

export async function runCase(one: Case, subject: Subject, servers: Servers): Promise<string[]> {
  if (one.artifact) return ARTIFACT[one.artifact](subject)
  const problems: string[] = []
  const store = storeWith(one.store)
  const { name: _, skip: _skip, steps, store: _store, twice, ...common } = one
  for (const [i, step] of (steps ?? [{}]).entries()) {
    const whole = meant({ ...common, ...step }, servers.origins) as Step
    const found = await runStep(whole, subject, servers, store)
    problems.push(...found.problems.map((line) => (steps ? `step ${i + 1}: ${line}` : line)))
    if (twice) problems.push(...(await again(twice, found.result, () => runStep(whole, subject, servers, store))))
  }
  return problems
}

interface Ran {
  result: Ended
  problems: string[]
}

async function runStep(step: Step, subject: Subject, servers: Servers, store: Store): Promise<Ran> {
  servers.seen()
  const { result, logs } = await subject.call(step, store)
  const { expect = {} } = step
  const problems = outcome(expect, result, subject)
  if (expect.effects && 'effects' in result)
    problems.push(...differences(expect.effects, withoutReferences(result.effects), 'effects', false))
  if (expect.store) problems.push(...differences(expect.store, await valuesIn(store), 'store'))
  if (expect.logs) problems.push(...differences(expect.logs, logs, 'logs', false))
  if (expect.seen) problems.push(...requests(expect.seen, servers.seen()))
  return { result, problems }
}

/** JSON has no undefined. */
const plain = (value: unknown): unknown => (value === undefined ? null : value)

function outcome(expect: Expectation, result: Ended, subject: Subject): string[] {
  if (expect.bug !== undefined) return bugTold(result, expect.bug, subject.placeOf(expect.bug))
  if ('output' in expect)
    return result.ok ? differences(reference(expect.output, result), plain(result.output), 'output') : [told(result)]
  if (expect.failure) {
    if (result.ok || !('failure' in result)) return [told(result)]
    // A pause that nobody expects would make a flow try again.
    return differences({ retryAfterMs: undefined, ...expect.failure }, result.failure, 'failure', false)
  }
  if (expect.error)
    return !result.ok && 'error' in result ? differences(expect.error, result.error, 'error', false) : [told(result)]
  return ['the case expects nothing']
}

function told(result: Ended): string {
  if (result.ok) return `ended with the output ${JSON.stringify(result.output)?.slice(0, 300)}`
  if ('error' in result) return `ended with the error ${result.error.code}: ${result.error.detail}`
  return `ended with the failure ${JSON.stringify(result.failure).slice(0, 1000)}`
}

function bugTold(result: Ended, text: string, place: string): string[] {
  if (result.ok) return [told(result)]
  const [code, words] =
    'failure' in result
      ? [result.failure.code, `${result.failure.message}`]
      : [result.error.code as string, result.error.detail]
  const problems = code === 'internal_error' || code === 'AP_TRAPPED' ? [] : [told(result)]
  return [...problems, ...[text, place].flatMap((part) => (words.includes(part) ? [] : [`"${words}" lacks "${part}"`]))]
}

/** The output `{"$file": n}` is the reference of the n-th file that was written. */
function reference(expected: unknown, result: Ended): unknown {
  const number = (expected as { $file?: number } | null)?.$file
  return number === undefined || !('effects' in result) ? expected : result.effects.files[number]?.reference
}

/** What of a file differs in each run is left out. */
const withoutReferences = (effects: { files: readonly object[] }): object => ({
  ...effects,
  files: effects.files.map((file) => ({ ...file, reference: undefined, url: undefined })),
})

function requests(expected: NonNullable<Expectation['seen']>, seen: readonly Seen[]): string[] {
  const named = expected.map(({ lacks: _, ...one }) => one)
  const lacking = expected.flatMap(({ lacks = [] }, i) =>
    lacks
      .filter((name) => seen[i]?.headers[name] !== undefined)
      .map((name) => `request ${i} carries the header ${name}`),
  )
  return [...differences(named, seen, 'requests', false), ...lacking]
}

async function again(twice: NonNullable<Case['twice']>, first: Ended, run: () => Promise<Ran>): Promise<string[]> {
  const { result } = await run()
  if (!first.ok || !result.ok) return [told(first.ok ? result : first)]
  if (twice === 'same')
    return [
      ...differences(first.output, result.output, 'the second output'),
      ...differences(first.usage.fuel, result.usage.fuel, 'the second fuel'),
    ]
  const [one, other] = [first.output, result.output] as Record<string, unknown>[]
  return Object.keys(one!).flatMap((key) => (one![key] === other![key] ? [`${key} is ${one![key]} both times`] : []))
}

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Keys whose order a form shows. */
const orders = (described: unknown): unknown => {
  const { actions, triggers } = described as Record<'actions' | 'triggers', Record<string, { props: object }>>
  const order = (all: typeof actions) => Object.entries(all).map(([name, { props }]) => [name, Object.keys(props)])
  return [order(actions), order(triggers)]
}

const ASKED = /^(ap:piece\/(store|files|run)|wasi:http\/outgoing-handler)$/
/** Without versions; of interfaces that types alone come from, nothing is called. */
const importsOf = (component: Uint8Array): string[] =>
  parseComponent(component)
    .imports.filter((one) => one.functions.size > 0)
    .map((one) => one.name.replace(/@.*/, ''))

const ARTIFACT: Record<NonNullable<Case['artifact']>, (subject: Subject) => Promise<string[]>> = {
  async description(subject) {
    const { sdk, ...described } = (await subject.describe('all')) as Record<string, unknown>
    const expected = JSON.parse(readFileSync(join(import.meta.dirname, 'description.json'), 'utf8'))
    const faults = checkDescription({ sdk, ...described })
    return [
      ...faults,
      ...differences(expected, described, 'description'),
      ...differences(orders(expected), orders(described), 'order'),
    ]
  },
  async imports(subject) {
    const strange = importsOf(await subject.component('all')).filter((name) => !(name in WORLD))
    return strange.map((name) => `${name} is not of the world`)
  },
  async least(subject) {
    const wide = importsOf(await subject.component('msgpack')).filter((name) => ASKED.test(name))
    return wide.map((name) => `${name} is imported by a piece that does not ask for it`)
  },
  async environment(subject) {
    const bytes = Buffer.from(await subject.component('all'))
    return bytes.includes(CANARY) ? ['a variable of the build stands in the component'] : []
  },
  async paths(subject) {
    const bytes = Buffer.from(await subject.component('all'))
    return [root, process.env.HOME]
      .filter((path) => path !== undefined && path.length > 6 && bytes.includes(path))
      .map((path) => `the component holds ${path}`)
  },
}
