/** @module pieces: what the suites of the server deploy: an action of every outcome, hooks, dynamic properties, grants. */
import type { Fixture } from '../fixture.ts'

const described = {
  contract: '0.1',
  encoding: 'json',
  sdk: { language: 'wat', version: '0.1.0' },
  displayName: 'Fixture',
  description: 'A piece made of text.',
  authors: [],
  categories: [],
} as const
const member = { displayName: 'Member', description: 'For a test.', requireAuth: false } as const
const required = { displayName: 'Name', required: true } as const

/** Every function echoes its input: what the desk hands over is what a test reads. */
export const ECHO: Fixture = {
  description: {
    ...described,
    auth: [{ type: 'SECRET_TEXT', displayName: 'Key', required: true }],
    actions: {
      echo: {
        ...member,
        props: {
          count: { type: 'NUMBER', displayName: 'Count', required: false, defaultValue: 3 },
          file: { type: 'FILE', displayName: 'File', required: false },
        },
      },
      strict: { ...member, props: { name: { type: 'SHORT_TEXT', ...required } } },
      private: { ...member, requireAuth: true, props: {} },
      choose: { ...member, props: { list: { type: 'DROPDOWN', ...required, refreshers: [] } } },
    },
    triggers: {
      hooked: { ...member, type: 'WEBHOOK', testStrategy: 'SIMULATION', sampleData: {}, props: {} },
      polled: { ...member, type: 'POLLING', testStrategy: 'TEST_FUNCTION', sampleData: {}, props: {} },
    },
  },
}

export const ECHO_MSGPACK: Fixture = {
  description: {
    ...described,
    encoding: 'msgpack',
    actions: { echo: { ...member, props: { any: { type: 'JSON', displayName: 'Any', required: false } } } },
    triggers: {},
  },
}

/** Whatever is asked of it, it answers with this text. */
export const ANSWERS = (text: string, member_: 'action' | 'trigger' | 'resolve' = 'action'): Fixture => ({
  description: {
    ...described,
    auth: [{ type: 'SECRET_TEXT', displayName: 'Key', required: true }],
    actions: {
      go: { ...member, props: { list: { type: 'DROPDOWN', displayName: 'List', required: false, refreshers: [] } } },
    },
    triggers: { hooked: { ...member, type: 'WEBHOOK', testStrategy: 'SIMULATION', sampleData: {}, props: {} } },
  },
  definitions: `(data (i32.const 40000) "${[...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")`,
  [member_]: `(return (call $ok (i32.const 40000) (i32.const ${Buffer.byteLength(text)})))`,
})

/** Counts its calls in the project's store: what happened twice is seen. */
export const COUNTS: Fixture = {
  imports: `(import "ap:piece/store@0.1.0" "get" (func $get (param i32 i32 i32 i32)))
    (import "ap:piece/store@0.1.0" "put" (func $put (param i32 i32 i32 i32 i32 i32)))`,
  definitions: '(data (i32.const 40000) "count") (data (i32.const 40100) "0")',
  // get writes result<option<list<u8>>, failure> to 41000: ok at 0, some at 8, pointer at 12.
  action: `(call $get (i32.const 1) (i32.const 40000) (i32.const 5) (i32.const 41000))
    (if (i32.and (i32.eqz (i32.load8_u (i32.const 41000))) (i32.load8_u (i32.const 41008)))
      (then (i32.store8 (i32.const 40100) (i32.load8_u (i32.load (i32.const 41012))))))
    (i32.store8 (i32.const 40100) (i32.add (i32.load8_u (i32.const 40100)) (i32.const 1)))
    (call $put (i32.const 1) (i32.const 40000) (i32.const 5) (i32.const 40100) (i32.const 1) (i32.const 41200))
    (return (call $ok (i32.const 40100) (i32.const 1)))`,
}
export const WITH_STORE = { store: ['project' as const] }

/** Writes a file and answers with its reference. */
export const WRITES_FILE = (name: string, mediaType: string, content: string): Fixture => ({
  imports: '(import "ap:piece/files@0.1.0" "write" (func $write (param i32 i32 i32 i32 i32 i32 i32)))',
  definitions: `(data (i32.const 40000) "${name}") (data (i32.const 40200) "${mediaType}") (data (i32.const 40400) "${content}")
    (data (i32.const 42000) "\\22")`,
  // result<string, failure> at 41000: the string's pointer at 8, its length at 12; quotes around it make it JSON.
  action: `(call $write (i32.const 40000) (i32.const ${name.length}) (i32.const 40200) (i32.const ${mediaType.length})
      (i32.const 40400) (i32.const ${content.length}) (i32.const 41000))
    (memory.copy (i32.const 42001) (i32.load (i32.const 41008)) (i32.load (i32.const 41012)))
    (i32.store8 (i32.add (i32.const 42001) (i32.load (i32.const 41012))) (i32.const 34))
    (return (call $ok (i32.const 42000) (i32.add (i32.const 2) (i32.load (i32.const 41012)))))`,
})
