/**
 * @module fuzz/targets: what is fuzzed, one row each: what goes in, and what must hold of whatever comes of it. A refusal of
 * ours is always an answer; any other error is a finding.
 */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Packr, Unpackr } from 'msgpackr'
import { decodeJson, decodeMsgpack, encodeJson, encodeMsgpack } from '../../packages/executor/src/codec.ts'
import { checkDescription } from '../../packages/executor/src/description.ts'
import { grantOf, parseOrigin, parsePattern } from '../../packages/executor/src/effects/grants.ts'
import { PieceError, Refused } from '../../packages/executor/src/errors.ts'
import { FORBIDDEN_HEADERS } from '../../packages/executor/src/host/http-fields.ts'
import { fakeCall } from '../../packages/executor/src/host/testing.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { link } from '../../packages/executor/src/linker/program.ts'
import { checkManifest, readManifest } from '../../packages/executor/src/manifest.ts'
import { checkProps, type Properties } from '../../packages/executor/src/properties.ts'
import { rewrite } from '../../packages/executor/src/rewrite/index.ts'
import { type Frame, FrameReader, Malformed } from '../../packages/executor/src/wire.ts'
import { differs } from '../fuel/outcome.ts'
import { ANY_WORLD } from '../outside/component-script.ts'
import { mutated } from './mutations.ts'
import * as seeds from './seeds.ts'
import { DESCRIBED, declaration, likely, payload } from './values.ts'

export interface Target {
  name: string
  /** Fails with a reason where something does not hold. */
  property: () => Promise<fc.IProperty<unknown> | fc.IAsyncProperty<unknown>>
  /** Runs of a push. */
  runs: number
  /** How many of all inputs so far came through: a target whose inputs are all refused shows nothing. */
  came?: { through: number }
}

class Finding extends Error {}
const demand = (holds: boolean, what: string): void => {
  if (!holds) throw new Finding(what)
}
/** The answer, or undefined where it was refused as we refuse. */
function answer<T>(work: () => T, ...refusals: (new (...args: never[]) => Error)[]): T | undefined {
  try {
    return work()
  } catch (error) {
    if (refusals.some((one) => error instanceof one)) return undefined
    throw error
  }
}

const MEMORY = { memoryBytes: 1024 * 65_536 }

/** Parsed, each module rewritten, compiled and linked: each step takes it or refuses it by name. */
function taken(bytes: Uint8Array): boolean {
  const component = answer(() => parseComponent(bytes), Refused)
  if (!component) return false
  const modules = component.modules.map((body) => answer(() => rewrite(body, MEMORY).bytes, Refused))
  if (modules.some((one) => one === undefined)) return false
  const compiled = modules.map((one) => new WebAssembly.Module(one!))
  return answer(() => link(component, compiled, ANY_WORLD), Refused) !== undefined
}

function framesOf(stream: Uint8Array, cuts: readonly number[]): { frames: unknown[]; malformed: boolean } {
  const frames: unknown[] = []
  const take = ({ name, call, seq, json, bytes }: Frame) =>
    frames.push({ name, call, seq, json, bytes: Buffer.from(bytes) })
  const reader = new FrameReader('supervisor', take)
  let from = 0
  try {
    for (const size of [...cuts, stream.length]) {
      const to = Math.min(stream.length, from + size)
      if (to > from) reader.feed(Buffer.from(stream.subarray(from, to)))
      from = to
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { frames, malformed: true }
  }
  return { frames, malformed: false }
}

const packr = new Packr({ useRecords: false, int64AsType: 'bigint', variableMapSize: true } as never)
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'auto' } as never)

const HOSTS = [
  'a.example',
  'api.a.example',
  'evil-a.example',
  'a.example.evil',
  '127.0.0.1',
  '[::1]',
  'xn--bcher-kva.example',
  'bücher.example',
]
const host = fc.oneof(
  fc.constantFrom(...HOSTS),
  fc.domain(),
  fc.ipV4Extended(),
  fc.ipV6().map((text) => `[${text}]`),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const authority = fc.oneof(
  fc
    .tuple(host, fc.option(fc.oneof(fc.nat(70_000).map(String), fc.string({ maxLength: 4 }))))
    .map(([name, port]) => (port === null ? name : `${name}:${port}`)),
  fc.tuple(fc.string({ maxLength: 6 }), host).map(([user, name]) => `${user}@${name}`),
  fc.webAuthority({ withIPv4: true, withIPv4Extended: true, withIPv6: true, withPort: true, withUserInfo: true }),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const scheme = fc.constantFrom('https', 'http', 'HTTPS', 'ftp', 'file', 'javascript', '')
const pattern = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('https://', 'http://', ''),
      fc.constantFrom('', '*.', '*'),
      host,
      fc.constantFrom('', ':8443', ':443'),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('https://*', 'https://*:8443', '{auth.props.url}'),
  fc.string({ maxLength: 30 }),
)

const components = { through: 0 }
const modules = { through: 0 }

export const TARGETS: readonly Target[] = [
  {
    name: 'components, mutated: parser and linker',
    runs: 3_000,
    property: async () =>
      fc.property(mutated(await seeds.components(), 8), (bytes) => {
        if (taken(bytes)) components.through++
      }),
    came: components,
  },
  {
    name: 'components, generated: parser and linker',
    runs: 400,
    property: async () =>
      fc.asyncProperty(seeds.generatedComponent, async (generated) => {
        demand(taken(await generated.bytes()), 'a valid component of supported types is not taken')
      }),
  },
  {
    name: 'modules, mutated: the rewriter, against the module as it is',
    runs: 1_500,
    property: async () =>
      fc.property(mutated(seeds.modules(), 8), (bytes) => {
        const rewritten = answer(() => rewrite(bytes, MEMORY).bytes, Refused)
        if (!rewritten) return
        demand(WebAssembly.validate(bytes), 'taken, and not valid before')
        demand(WebAssembly.validate(rewritten), 'not valid any more')
        const difference = differs(bytes, rewritten)
        demand(difference === undefined, difference ?? '')
        modules.through++
      }),
    came: modules,
  },
  {
    name: 'manifests and descriptions',
    runs: 3_000,
    property: async () =>
      fc.property(likely(DESCRIBED, payload({ bytes: false })), (value) => {
        for (const reasons of [
          checkDescription(value),
          checkManifest(value),
          checkManifest({ ...manifest, description: value }),
        ])
          demand(
            reasons.every((one) => typeof one === 'string' && one !== ''),
            'a refusal without a reason',
          )
      }),
  },
  {
    name: 'artifacts, mutated: the manifest inside',
    runs: 1_500,
    property: async () =>
      fc.property(mutated(await seeds.artifacts(), 8), (bytes) => {
        const read = answer(() => readManifest(bytes), Refused)
        if (read) demand(checkManifest(read).length === 0, 'a manifest was read that its check refuses')
      }),
  },
  {
    name: 'frames: any bytes, cut anywhere',
    runs: 4_000,
    property: async () =>
      fc.property(
        fc.oneof(mutated(await seeds.frames()), fc.uint8Array({ maxLength: 200 })),
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
        (stream, cuts) => {
          const whole = framesOf(stream, [])
          const cut = framesOf(stream, cuts)
          demand(whole.malformed === cut.malformed, 'where it is cut decides whether it is malformed')
          demand(isDeepStrictEqual(whole.frames, cut.frames), 'where it is cut decides what it says')
        },
      ),
  },
  {
    name: 'payloads: each codec takes back what it gave, and the other reads it',
    runs: 4_000,
    property: async () =>
      fc.property(payload({ bytes: true }), (value) => {
        const packed = encodeMsgpack(value)
        demand(isDeepStrictEqual(decodeMsgpack(packed), value), 'MessagePack gives back something else')
        demand(isDeepStrictEqual(decodeMsgpack(encodeMsgpack(decodeMsgpack(packed))), value), 'twice is not once')
        demand(
          isDeepStrictEqual(plain(unpackr.unpack(packed)), plain(value)),
          'the second implementation reads something else',
        )
        demand(
          isDeepStrictEqual(plain(decodeMsgpack(packr.pack(plain(value)))), plain(value)),
          'what the second implementation wrote is read as something else',
        )
      }),
  },
  {
    name: 'payloads: JSON against JSON.parse',
    runs: 4_000,
    property: async () =>
      fc.property(payload({ bytes: false }), (value) => {
        const text = encodeJson(value)
        demand(isDeepStrictEqual(decodeJson(text), value), 'JSON gives back something else')
        demand(
          isDeepStrictEqual(JSON.parse(Buffer.from(text).toString()), JSON.parse(JSON.stringify(value))),
          'JSON.parse reads something else',
        )
      }),
  },
  {
    name: 'payloads, mutated: what one codec reads it writes again',
    runs: 4_000,
    property: async () =>
      fc.property(fc.oneof(mutated(seeds.payloads()), fc.uint8Array({ maxLength: 64 })), (bytes) => {
        const packed = answer(() => ({ value: decodeMsgpack(bytes) }), PieceError)
        if (packed)
          demand(
            isDeepStrictEqual(decodeMsgpack(encodeMsgpack(packed.value)), packed.value),
            'MessagePack that was read is not written again',
          )
        const read = answer(() => ({ value: decodeJson(bytes) }), PieceError)
        if (!read) return
        demand(
          isDeepStrictEqual(decodeJson(encodeJson(read.value)), read.value),
          'JSON that was read is not written again',
        )
        demand(
          isDeepStrictEqual(JSON.parse(Buffer.from(bytes).toString()), JSON.parse(JSON.stringify(read.value))),
          'JSON.parse reads something else',
        )
      }),
  },
  {
    name: 'origins and grants',
    runs: 6_000,
    property: async () =>
      fc.property(
        scheme,
        authority,
        fc.array(pattern, { maxLength: 3 }),
        fc.anything({ maxDepth: 2 }),
        (name, at, patterns, auth) => {
          const origin = parseOrigin(name, at)
          if (!origin) return
          demand(!/[\s/?#@\\]/.test(origin.host), `a host with more in it: ${JSON.stringify(origin)}`)
          const url = new URL(`${name}://${at}/`)
          demand(url.username === '' && url.password === '', 'userinfo came through')
          demand(url.hostname.replace(/\.$/, '') === origin.host, 'a URL parser sees another host')
          const valid = patterns.filter((one) => answer(() => parsePattern(one), Refused) !== undefined)
          if (valid.some((one) => one.includes('{'))) return
          const granted = grantOf(valid, auth, origin)
          const reaches = (one: string): boolean => {
            const { hostname, port, protocol } = new URL(
              one.replace('://*.', '://any.').replace('://*', '://any.example'),
            )
            const own = Number(port || (protocol === 'https:' ? 443 : 80))
            if (`${origin.scheme}:` !== protocol || own !== origin.port) return false
            if (/^https:\/\/\*(:\d+)?$/i.test(one)) return true
            const wanted = hostname.replace(/\.$/, '')
            return one.includes('://*.') ? origin.host.endsWith(wanted.slice('any'.length)) : origin.host === wanted
          }
          demand(
            (granted !== undefined) === valid.some(reaches),
            `${JSON.stringify(origin)} with ${JSON.stringify(valid)} is ${granted}`,
          )
        },
      ),
  },
  {
    name: 'header fields',
    runs: 4_000,
    property: async () =>
      fc.property(
        fc.array(
          fc.tuple(
            fc.oneof(
              fc.constantFrom('x', 'Host', 'transfer-encoding', 'Content-Length', 'x y', 'x:'),
              fc.string({ unit: 'binary', maxLength: 8 }),
            ),
            fc.oneof(
              fc.uint8Array({ maxLength: 12 }),
              fc.constantFrom(
                ...['a', 'a\r\nb: c', 'a\nb', 'a\0b', '\t'].map((one) => Uint8Array.from(Buffer.from(one))),
              ),
            ),
          ),
          { maxLength: 6 },
        ),
        (list) => {
          const made = fakeCall().run('wasi:http/types#[static]fields.from-list', list) as {
            tag: string
            val: { wire(): [string, string][] }
          }
          if (made.tag !== 'ok') return
          for (const [name, value] of made.val.wire()) {
            demand(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name), `a name that is no token: ${JSON.stringify(name)}`)
            demand(!FORBIDDEN_HEADERS.has(name.toLowerCase()), `the host's own header: ${name}`)
            demand(!/[\r\n\0]/.test(value), `a value with a line break: ${JSON.stringify(value)}`)
          }
        },
      ),
  },
  {
    name: 'properties: any values for any declared ones',
    runs: 4_000,
    property: async () =>
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'toString'), declaration, { maxKeys: 4 }),
        likely({ a: 1, b: 'x', c: [] }),
        (declared, values) => {
          const checked = checkProps(declared as Properties, values)
          demand(Object.getPrototypeOf(checked.props) === Object.prototype, 'a prototype was set')
          for (const key of Object.keys(checked.props))
            demand(Object.hasOwn(declared, key), `a property that was not declared: ${key}`)
          if (checked.violations.length > 0 || checked.uploads.length > 0) return
          demand(
            checkProps(declared as Properties, checked.props).violations.length === 0,
            'what was converted is refused the second time',
          )
        },
      ),
  },
]

const manifest = { name: 'fuzz', version: '1.0.0', language: 'wat' }

/** Integers as the smallest type that holds them, bytes as arrays: what both implementations can say. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
}
