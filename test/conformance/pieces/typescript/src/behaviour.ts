import { createAction, Failure, Property } from '@ap-wasm/piece'

export const clock = createAction({
  name: 'clock',
  displayName: 'Clock',
  description: 'Says the time before and after a pause.',
  requireAuth: false,
  props: { waitMs: Property.Number({ displayName: 'Pause', required: true, defaultValue: 0 }) },
  async run({ propsValue: { waitMs } }) {
    const start = Date.now()
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    return { start, end: Date.now() }
  },
})

export const random = createAction({
  name: 'random',
  displayName: 'Random',
  description: 'Answers with an ordinary random number and a secret token.',
  requireAuth: false,
  props: {},
  run: () => ({ number: Math.random(), token: crypto.getRandomValues(new Uint8Array(16)).toHex() }),
})

function bug(): never {
  throw new RangeError('a bug on purpose')
}

export const fail = createAction({
  name: 'fail',
  displayName: 'Fail',
  description: 'Ends in every way but a good one.',
  requireAuth: false,
  props: {
    how: Property.StaticDropdown({
      displayName: 'How',
      required: true,
      options: {
        options: [
          { label: 'Refuse', value: 'refuse' },
          { label: 'Ask for a pause', value: 'retry' },
          { label: 'Ask for another try', value: 'later' },
          { label: 'Error', value: 'error' },
          { label: 'Bug', value: 'bug' },
        ],
      },
    }),
  },
  run({ propsValue: { how } }) {
    if (how === 'refuse')
      throw new Failure('no_such_thing', 'There is none: ünï 😀', { detail: { what: 'thing', list: [1, null, 'ä'] } })
    if (how === 'retry') throw new Failure('rate_limited', 'The server asks for a pause.', { retryAfterMs: 7000 })
    if (how === 'later') throw new Failure('busy', 'Try again.', { retryAfterMs: 0 })
    if (how === 'error') throw new Error('an error on purpose')
    return bug()
  },
})

export const burn = createAction({
  name: 'burn',
  displayName: 'Burn',
  description: 'Computes; without end, if the number of rounds is negative.',
  requireAuth: false,
  props: { rounds: Property.Number({ displayName: 'Rounds', required: true }) },
  run({ propsValue: { rounds } }) {
    let x = 1
    for (let n = 0; rounds < 0 || n < rounds; n++) x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return x
  },
})

export const large = createAction({
  name: 'large',
  displayName: 'Large',
  description: 'Answers with a text of so many x.',
  requireAuth: false,
  props: { chars: Property.Number({ displayName: 'Characters', required: true }) },
  run: ({ propsValue: { chars } }) => 'x'.repeat(chars),
})

export const nested = createAction({
  name: 'nested',
  displayName: 'Nested',
  description: 'Answers with so many lists in each other.',
  requireAuth: false,
  props: { depth: Property.Number({ displayName: 'Depth', required: true }) },
  run({ propsValue: { depth } }) {
    let value: unknown[] = []
    for (let n = 1; n < depth; n++) value = [value]
    return value
  },
})
