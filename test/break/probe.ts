/**
 * @module probe: one piece in text whose actions each spend one thing, as much as `props.n` says: what a limit, a lost
 * process or a lying server makes of it is seen from outside.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Manifest } from '@ap-wasm/executor'
import { artifact } from '../api/server.ts'
import { DESCRIPTION, type Fixture } from '../fixture.ts'

const HTTP_WIT = new URL('../../wit/deps/wasi-http/', import.meta.url)
const wit = readdirSync(HTTP_WIT)
  .map((name) => readFileSync(new URL(name, HTTP_WIT), 'utf8'))
  .join('\n')
const errorCode = /variant error-code \{([\s\S]*?)\n {2}\}/.exec(wit.replace(/\/\/.*$/gm, ''))?.[1] ?? ''
/** The cases of `error-code`, in order: a piece in text knows them by number. */
const HTTP_ERRORS = [...errorCode.matchAll(/^\s*([A-Za-z][\w-]*)(?:\(|,)/gm)].map((match) => match[1])

/** The name of what `http_…` numbers. */
export const httpErrorOf = (failure: { code: string }): string | undefined =>
  HTTP_ERRORS[Number(/^http_(\d+)$/.exec(failure.code)?.[1] ?? -1)]

const IMPORTS = `
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-method" (func $setMethod (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme" (func $setScheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-authority" (func $setAuthority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query" (func $setPath (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.body" (func $requestBody (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-body.write" (func $bodyStream (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]future-incoming-response.subscribe" (func $subscribe (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]future-incoming-response.get" (func $getResponse (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-response.consume" (func $consume (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-body.stream" (func $inputStream (param i32 i32)))
  (import "wasi:http/types@0.2.12" "http-error-code" (func $errorCode (param i32 i32)))
  (import "wasi:http/outgoing-handler@0.2.12" "handle" (func $handle (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]input-stream.blocking-read" (func $blockingRead (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $blockingWrite (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[resource-drop]output-stream" (func $dropOutput (param i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func $dropPollable (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $duration (param i64) (result i32)))
  (import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))
  (import "ap:piece/store@0.1.0" "get" (func $storeGet (param i32 i32 i32 i32)))
  (import "ap:piece/store@0.1.0" "put" (func $storePut (param i32 i32 i32 i32 i32 i32)))
  (import "ap:piece/files@0.1.0" "write" (func $fileWrite (param i32 i32 i32 i32 i32 i32 i32)))`

/** Places in memory: texts from 40000 on, the result of an import at 41000, futures at 42000, text that is made at 50000. */
const texts = (host: string): string => `
  (data (i32.const 40000) "\\22n\\22:") (data (i32.const 40010) "\\22path\\22:\\22") (data (i32.const 40020) "f.txt")
  (data (i32.const 40030) "text/plain") (data (i32.const 40050) "no_memory") (data (i32.const 40060) "http_")
  (data (i32.const 40070) "/") (data (i32.const 40100) "${host}")`

const functions = (hostBytes: number): string => `
  (global $input (mut i32) (i32.const 0))
  (global $inputLen (mut i32) (i32.const 0))
  ;; Where the input goes on after the text; 0: it does not hold it.
  (func $after (param $text i32) (param $len i32) (result i32)
    (local $at i32) (local $i i32)
    (local.set $at (global.get $input))
    (loop $next
      (local.set $i (i32.const 0))
      (block $differs
        (loop $same
          (br_if $differs (i32.ne (i32.load8_u (i32.add (local.get $at) (local.get $i))) (i32.load8_u (i32.add (local.get $text) (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $same (i32.lt_u (local.get $i) (local.get $len))))
        (return (i32.add (local.get $at) (local.get $len))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.add (global.get $input) (global.get $inputLen)))))
    (i32.const 0))
  (func $n (result i32)
    (local $at i32) (local $digit i32) (local $n i32)
    (local.set $at (call $after (i32.const 40000) (i32.const 4)))
    (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
    (block $end
      (loop $more
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
        (br_if $end (i32.gt_u (local.get $digit) (i32.const 9)))
        (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 10)) (local.get $digit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $more)))
    (local.get $n))
  (func $pathLen (param $path i32) (result i32)
    (local $at i32)
    (local.set $at (local.get $path))
    (block $end
      (loop $more
        (br_if $end (i32.eq (i32.load8_u (local.get $at)) (i32.const 34)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $more)))
    (i32.sub (local.get $at) (local.get $path)))
  ;; So many bytes of "x" beyond everything else.
  (func $fill (param $bytes i32) (result i32)
    (local $at i32)
    (local.set $at (call $alloc (i32.const 8) (local.get $bytes)))
    (memory.fill (local.get $at) (i32.const 120) (local.get $bytes))
    (local.get $at))
  ;; The number as JSON.
  (func $count (param $n i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 50020))
    (loop $more
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $more (local.get $n)))
    (call $ok (local.get $at) (i32.sub (i32.const 50020) (local.get $at))))
  ;; A count, or the failure of an HTTP error, which is below zero.
  (func $outcome (param $n i32) (result i32)
    (if (i32.ge_s (local.get $n) (i32.const 0)) (then (return (call $count (local.get $n)))))
    (local.set $n (i32.sub (i32.const -1) (local.get $n)))
    (i32.store8 (i32.const 40065) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 10))))
    (i32.store8 (i32.const 40066) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
    (call $fail (i32.const 40060) (i32.const 7)))
  ;; The future, or an HTTP error below zero. A body is streamed in parts.
  (func $send (param $method i32) (param $body i32) (param $len i32) (result i32)
    (local $request i32) (local $path i32) (local $future i32) (local $stream i32) (local $out i32) (local $part i32)
    (local.set $request (call $request (call $fields)))
    (drop (call $setMethod (local.get $request) (local.get $method) (i32.const 0) (i32.const 0)))
    (drop (call $setScheme (local.get $request) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $setAuthority (local.get $request) (i32.const 1) (i32.const 40100) (i32.const ${hostBytes})))
    (local.set $path (call $after (i32.const 40010) (i32.const 8)))
    (if (local.get $path)
      (then (drop (call $setPath (local.get $request) (i32.const 1) (local.get $path) (call $pathLen (local.get $path))))))
    (if (local.get $len)
      (then
        (call $requestBody (local.get $request) (i32.const 41000))
        (local.set $out (i32.load (i32.const 41004)))
        (call $bodyStream (local.get $out) (i32.const 41000))
        (local.set $stream (i32.load (i32.const 41004)))))
    (call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 41000))
    (if (i32.load8_u (i32.const 41000)) (then (return (i32.sub (i32.const -1) (i32.load8_u (i32.const 41008))))))
    (local.set $future (i32.load (i32.const 41008)))
    (if (i32.eqz (local.get $len)) (then (return (local.get $future))))
    (block $broken
      (loop $more
        (local.set $part (select (i32.const 4096) (local.get $len) (i32.gt_u (local.get $len) (i32.const 4096))))
        (call $blockingWrite (local.get $stream) (local.get $body) (local.get $part) (i32.const 41000))
        (br_if $broken (i32.load8_u (i32.const 41000)))
        (local.set $body (i32.add (local.get $body) (local.get $part)))
        (local.set $len (i32.sub (local.get $len) (local.get $part)))
        (br_if $more (local.get $len)))
      (call $dropOutput (local.get $stream))
      (call $finish (local.get $out) (i32.const 0) (i32.const 0) (i32.const 41000)))
    (local.get $future))
  ;; Bytes of the whole body of the response, or an HTTP error below zero.
  (func $receive (param $future i32) (result i32)
    (local $pollable i32) (local $stream i32) (local $bytes i32) (local $top i32)
    (if (i32.lt_s (local.get $future) (i32.const 0)) (then (return (local.get $future))))
    (local.set $pollable (call $subscribe (local.get $future)))
    (call $block (local.get $pollable))
    (call $dropPollable (local.get $pollable))
    (call $getResponse (local.get $future) (i32.const 41000))
    (if (i32.load8_u (i32.const 41016)) (then (return (i32.sub (i32.const -1) (i32.load8_u (i32.const 41024))))))
    (call $consume (i32.load (i32.const 41024)) (i32.const 41000))
    (call $inputStream (i32.load (i32.const 41004)) (i32.const 41000))
    (local.set $stream (i32.load (i32.const 41004)))
    (local.set $top (global.get $top))
    (block $end
      (loop $more
        (global.set $top (local.get $top))
        (call $blockingRead (local.get $stream) (i64.const 65536) (i32.const 41000))
        (br_if $end (i32.load8_u (i32.const 41000)))
        (local.set $bytes (i32.add (local.get $bytes) (i32.load (i32.const 41008))))
        (br $more)))
    (if (i32.load8_u (i32.const 41004)) (then (return (local.get $bytes))))
    (call $errorCode (i32.load (i32.const 41008)) (i32.const 41000))
    (i32.sub (i32.const -1) (i32.load8_u (i32.const 41008))))`

/** A refusal of an import has the shape of a refusal of the action. */
const ELSE_FAILURE = '(if (i32.load8_u (i32.const 41000)) (then (return (i32.const 41000))))'
/** `body` so often as `n` says. */
const times = (body: string): string => `(block $done (loop $again
    (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
    ${body}
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $again)))`
const DONE = '(return (call $count (local.get $n)))'
const GET = '(call $receive (call $send (i32.const 0) (i32.const 0) (i32.const 0)))'
const put = (keyBytes: string, valueBytes: string): string =>
  `(call $storePut (i32.const 1) (call $fill ${keyBytes}) ${keyBytes} (call $fill ${valueBytes}) ${valueBytes} (i32.const 41000))
   ${ELSE_FAILURE}`
const write = (bytes: string): string =>
  `(call $fileWrite (i32.const 40020) (i32.const 5) (i32.const 40030) (i32.const 10) (call $fill ${bytes}) ${bytes} (i32.const 41000))
   ${ELSE_FAILURE}`

/** What each does with `n` (a local), and answers; none: the input itself. */
const ACTIONS = {
  echo: '',
  spin: `${times('')} ${DONE}`,
  spinForever: '(loop $forever (br $forever))',
  sleep: `(call $block (call $duration (i64.mul (i64.const 1000000) (i64.extend_i32_u (local.get $n))))) ${DONE}`,
  grow: `(if (i32.eq (memory.grow (local.get $n)) (i32.const -1))
      (then (return (call $fail (i32.const 40050) (i32.const 9))))) ${DONE}`,
  /** JSON text of n bytes. */
  answer: `(local.set $i (call $fill (local.get $n)))
    (i32.store8 (local.get $i) (i32.const 34))
    (i32.store8 (i32.add (local.get $i) (i32.sub (local.get $n) (i32.const 1))) (i32.const 34))
    (return (call $ok (local.get $i) (local.get $n)))`,
  trap: 'unreachable',
  /** n requests, one after the other; the sum of their bytes is not told, an error is. */
  get: `${times(`(local.set $last ${GET}) (if (i32.lt_s (local.get $last) (i32.const 0)) (then (return (call $outcome (local.get $last)))))`)}
    (return (call $count (local.get $last)))`,
  /** n requests at once. */
  together: `${times('(i32.store (i32.add (i32.const 42000) (i32.mul (local.get $i) (i32.const 4))) (call $send (i32.const 0) (i32.const 0) (i32.const 0)))')}
    (local.set $i (i32.const 0))
    ${times('(drop (call $receive (i32.load (i32.add (i32.const 42000) (i32.mul (local.get $i) (i32.const 4))))))')} ${DONE}`,
  /** Sends its own input; the server knows the call by it. */
  post: '(return (call $outcome (call $receive (call $send (i32.const 2) (global.get $input) (global.get $inputLen)))))',
  /** Sends n bytes. */
  upload:
    '(return (call $outcome (call $receive (call $send (i32.const 2) (call $fill (local.get $n)) (local.get $n)))))',
  putKey: `${put('(local.get $n)', '(i32.const 1)')} ${DONE}`,
  putValue: `${put('(i32.const 1)', '(local.get $n)')} ${DONE}`,
  readStore: `${times(`(call $storeGet (i32.const 1) (i32.const 40070) (i32.const 1) (i32.const 41000)) ${ELSE_FAILURE}`)} ${DONE}`,
  writeFile: `${write('(local.get $n)')} ${DONE}`,
  writeFiles: `${times(write('(i32.const 1)'))} ${DONE}`,
  /** One line of n bytes. */
  logLine: `(call $log (i32.const 2) (i32.const 0) (i32.const 0) (call $fill (local.get $n)) (local.get $n)) ${DONE}`,
  /** n lines of 100 bytes. */
  logLines: `${times('(call $log (i32.const 2) (i32.const 0) (i32.const 0) (call $fill (i32.const 100)) (i32.const 100))')} ${DONE}`,
} as const
export type ProbeAction = keyof typeof ACTIONS

const NAMES = Object.keys(ACTIONS) as ProbeAction[]
/** Names stand from 45000 on, 16 bytes apart. */
const nameAt = (index: number): number => 45_000 + index * 16

const dispatch = NAMES.map(
  (name, index) =>
    `(if (call $named (local.get $name) (local.get $nameLen) (i32.const ${nameAt(index)}) (i32.const ${name.length})) (then ${ACTIONS[name]}))`,
).join('\n')

/** Ends in `$act`, which answers 0 for an echo. */
const definitions = (host: string): string => `${texts(host)} ${functions(host.length)}
  ${NAMES.map((name, index) => `(data (i32.const ${nameAt(index)}) "${name}")`).join(' ')}
  (func $named (param $name i32) (param $len i32) (param $other i32) (param $otherLen i32) (result i32)
    (local $i i32)
    (if (i32.ne (local.get $len) (local.get $otherLen)) (then (return (i32.const 0))))
    (loop $same
      (if (i32.ne (i32.load8_u (i32.add (local.get $name) (local.get $i))) (i32.load8_u (i32.add (local.get $other) (local.get $i))))
        (then (return (i32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $same (i32.lt_u (local.get $i) (local.get $len))))
    (i32.const 1))
  (func $act (param $name i32) (param $nameLen i32) (result i32)
    (local $n i32) (local $i i32) (local $last i32)
    (local.set $n (call $n))
    ${dispatch}
    (i32.const 0))`

const props = {
  n: { type: 'NUMBER', displayName: 'How much', required: false },
  path: { type: 'SHORT_TEXT', displayName: 'Where', required: false },
  file: { type: 'FILE', displayName: 'File', required: false },
} as const
const action = { displayName: 'Spends', description: 'One thing.', requireAuth: false, props } as const

export const CAPABILITIES = {
  http: ['http://127.0.0.1:1'],
  store: ['project'],
  files: ['write'],
} satisfies Manifest['capabilities']

/** Memory that every instance begins with. */
export const PROBE_PAGES = 8

export const probeFixture = (host: string): Fixture => ({
  description: {
    ...DESCRIPTION,
    displayName: 'Probe',
    actions: Object.fromEntries(NAMES.map((name) => [name, { ...action, displayName: name }])),
  },
  imports: IMPORTS,
  memory: String(PROBE_PAGES),
  definitions: definitions(host),
  action: `(global.set $input (local.get $input)) (global.set $inputLen (local.get $inputLen))
    (local.set $name (call $act (local.get $name) (local.get $nameLen)))
    (if (local.get $name) (then (return (local.get $name))))`,
})

export const probeCapabilities = (host: string) => ({ ...CAPABILITIES, http: [`http://${host}`] })

/** The artifact of a probe that talks to `host`, such as `127.0.0.1:4242`. */
export const probe = (host: string, piece: Partial<Manifest> = {}, more: Partial<Fixture> = {}): Promise<Uint8Array> =>
  artifact({ name: 'probe', capabilities: probeCapabilities(host), ...piece }, { ...probeFixture(host), ...more })
