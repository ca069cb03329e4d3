import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HostInterface, HostWorld } from '../../packages/executor/src/host/call.ts'
import { immediate, waiting } from '../../packages/executor/src/host/call.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import type { Instance } from '../../packages/executor/src/linker/instance.ts'
import { instanceOf, programOf } from '../../packages/executor/src/linker/testing.ts'
import { camelCase, type FunctionType, withoutVersion } from '../../packages/executor/src/linker/types.ts'
import { arbitrary, samples, seeded } from './arbitrary.ts'
import { referenceComponent, THINGS, USES, VALUES } from './reference.ts'
import { type Loose, plain, type Second, second } from './second.ts'

/** The host answers with what it was handed, or with the answer that a case sets; the guest hands both on. */
interface Echo {
  seen: unknown[]
  answer: unknown
}

const bytes = await referenceComponent()
const functions = new Map(
  parseComponent(bytes).imports.flatMap((i) => [...i.functions].map(([n, t]) => [`${withoutVersion(i.name)}#${n}`, t])),
)
const valueFunctions = [...functions].flatMap(([full, type]) =>
  full.startsWith(VALUES) ? [[full.slice(VALUES.length + 1), type] as const] : [],
)

const ours: Echo = { seen: [], answer: undefined }
const theirs: Echo = { seen: [], answer: undefined }

class Thing {
  readonly name: string
  dropped = 0
  constructor(label: string) {
    this.name = label
  }
  label(): string {
    return this.name
  }
  [Symbol.dispose](): void {
    this.dropped++
  }
}
let made: Thing[] = []
const make = (label: string): Thing => {
  const thing = new Thing(label)
  made.push(thing)
  return thing
}

function world(wait: boolean): HostWorld {
  const echo = (_: unknown, ...args: unknown[]) => {
    ours.seen = args
    return wait ? Promise.resolve(ours.answer) : ours.answer
  }
  const bind = wait ? waiting : immediate
  const values: HostInterface = Object.fromEntries(valueFunctions.map(([name]) => [name, bind(echo)]))
  return {
    [VALUES]: values,
    [THINGS]: {
      '[constructor]thing': bind((_, label: string) => make(label)),
      '[method]thing.label': bind((_, self: Thing) => self.label()),
      through: bind((_, t: unknown) => t),
      'through-list': bind((_, t: unknown[]) => [...t].reverse()),
      'through-option': bind((_, t: unknown) => t),
    },
  }
}

const isResult = (type: FunctionType) => type.result?.kind === 'result'

/** The same world for jco: its results at the top of a function are a value or something thrown. */
function secondWorld(): Record<string, Record<string, unknown>> {
  const values: Record<string, unknown> = {}
  for (const [name, type] of valueFunctions)
    values[camelCase(name)] = (...args: unknown[]) => {
      theirs.seen = args.map(plain)
      if (!isResult(type)) return theirs.answer
      const { tag, val } = theirs.answer as Loose
      if (tag === 'err') throw val
      return val
    }
  return {
    [VALUES]: values,
    [THINGS]: {
      Thing: class extends Thing {},
      through: (t: unknown) => t,
      throughList: (t: unknown[]) => [...t].reverse(),
      throughOption: (t: unknown) => t,
    },
  }
}

async function callSecond(guest: Loose, name: string, type: FunctionType, args: readonly unknown[]): Promise<unknown> {
  const code = guest.values[camelCase(name)]
  if (!isResult(type)) return plain(await code(...args))
  try {
    return { tag: 'ok', val: plain(await code(...args)) }
  } catch (error) {
    return { tag: 'err', val: plain(error) }
  }
}

describe.each([
  { how: 'answers at once', wait: false },
  { how: 'makes the guest wait', wait: true },
])('a host that $how', ({ wait }) => {
  let instance: Instance
  let jco: Second
  let guest: Loose
  beforeAll(async () => {
    instance = instanceOf(programOf(bytes, world(wait)))
    await instance.start()
    jco = await second(bytes)
    guest = await jco.instantiate(secondWorld())
  })
  afterAll(() => jco.close())

  test.each(valueFunctions)('%s: both implementations hand on the same', async (name, type) => {
    const random = seeded(name.length * 7919 + (wait ? 1 : 0))
    const [first] = type.params
    const cases =
      type.params.length === 1
        ? samples(first!.type, random, 40).map((value) => [value])
        : Array.from({ length: 20 }, () => type.params.map((p) => arbitrary(p.type, random)))
    for (const args of cases) {
      const answer = type.result && arbitrary(type.result, random)
      ours.answer = theirs.answer = answer
      const result = await instance.invoke(`${VALUES}#${name}`, args)
      expect(ours.seen).toEqual(args)
      expect(result).toEqual(answer)
      expect(await callSecond(guest, name, type, args)).toEqual(result)
      expect(theirs.seen).toEqual(ours.seen)
    }
  })
})

describe('handles', () => {
  let instance: Instance
  beforeAll(async () => {
    made = []
    instance = instanceOf(programOf(bytes, world(false)))
    await instance.start()
  })

  test('an object goes through the guest and comes back', async () => {
    const thing = make('t')
    expect(await instance.invoke(`${USES}#through`, [thing])).toBe(thing)
    expect(thing.dropped).toBe(0)
  })

  test('in lists and options too', async () => {
    const things = ['a', 'b', 'c'].map(make)
    expect(await instance.invoke(`${USES}#through-list`, [things])).toEqual([...things].reverse())
    expect(await instance.invoke(`${USES}#through-option`, [[7, things[0]]])).toEqual([7, things[0]])
    expect(await instance.invoke(`${USES}#through-option`, [undefined])).toBeUndefined()
  })

  test('what the guest drops is disposed', async () => {
    made = []
    expect(await instance.invoke(`${USES}#label-of-new`, ['née'])).toBe('née')
    expect(made.map((thing) => thing.dropped)).toEqual([1])
  })

  test('the second implementation does the same', async () => {
    const jco = await second(bytes)
    const imports = secondWorld()
    const guest = await jco.instantiate(imports)
    const { Thing: Second } = imports[THINGS] as { Thing: typeof Thing }
    const thing = new Second('t')
    expect(await guest.uses.through(thing)).toBe(thing)
    expect(await guest.uses.labelOfNew('née')).toBe('née')
    await jco.close()
  })
})

test('a byte order mark is text like any other', async () => {
  const instance = instanceOf(programOf(bytes, world(false)))
  await instance.start()
  ours.answer = '\ufeffb'
  expect(await instance.invoke(`${VALUES}#as-string`, ['\ufeffa'])).toBe('\ufeffb')
  expect(ours.seen).toEqual(['\ufeffa'])
})
