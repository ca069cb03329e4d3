/**
 * @module manifest: what an artifact says about itself, in its custom section `ap:piece/manifest`: all of piece.json, the
 * description, the README, the icon, cases for the playground, the tools that made it. Runs in a browser.
 */
import Type, { type Static } from 'typebox'
import { utf8Length } from './codec/utf8.ts'
import { decodeJson, encodeJson } from './codec.ts'
import { checkDescription, DESCRIPTION, type Description } from './description.ts'
import { PieceError, Refused } from './errors.ts'
import type { Auth } from './piece/auth.ts'
import { appendSection, customSections } from './piece/custom-sections.ts'
import { collectPieceJson, PIECE_FIELDS } from './piece/piece-json.ts'
import { collect, sentences, Violations } from './piece/violations.ts'

export { type Ask, askOf, checkPieceJson, PIECE_JSON as PIECE_JSON_SCHEMA, type PieceJson } from './piece/piece-json.ts'

export const MANIFEST_SECTION = 'ap:piece/manifest'

const KiB = 1024
/** Everything in an artifact that is no code has its own bound: it is stored, listed and shown. */
const MANIFEST_LIMITS = {
  readme: 64 * KiB,
  icon: 32 * KiB,
  cases: 256 * KiB,
  description: 1024 * KiB,
  /** The whole section. */
  manifest: 2048 * KiB,
} as const

const manifest = <D>(description: D) => ({
  ...PIECE_FIELDS,
  description,
  readme: Type.Optional(Type.String()),
  /** A PNG, as base64 text. */
  icon: Type.Optional(Type.String()),
  cases: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 1000 })),
  /** Name and version of what built it. */
  tools: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 256 }))),
})
const closed = { additionalProperties: false } as const
export const MANIFEST = Type.Object(manifest(DESCRIPTION), closed)
export type Manifest = Static<typeof MANIFEST>
/** The description is judged by its own check, which names what is wrong. */
const FRAME = Type.Object(manifest(Type.Unknown()), closed)

/** Every violation; none: the value is a Manifest. */
export function checkManifest(value: unknown): string[] {
  const violations = new Violations()
  if (isRecord(value)) collectPieceJson(violations, value)
  collect(violations, FRAME, value)
  if (!isRecord(value)) return sentences(violations.all())
  for (const part of ['readme', 'cases', 'description'] as const) {
    if (value[part] === undefined) continue
    const bytes = typeof value[part] === 'string' ? utf8Length(value[part]) : encodeJson(value[part]).length
    const limit = MANIFEST_LIMITS[part]
    if (bytes > limit) violations.add([part], `has ${bytes} bytes; ${limit} are allowed`)
  }
  if (typeof value.icon === 'string') checkIcon(violations, value.icon)
  const reasons = sentences(violations.all())
  if (value.description !== undefined) {
    reasons.push(...checkDescription(value.description).map((reason) => `description: ${reason}`))
    reasons.push(...checkOrigins(value))
  }
  return reasons
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const WASM = [0x00, 0x61, 0x73, 0x6d]
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
function checkIcon(violations: Violations, icon: string): void {
  let bytes: Uint8Array
  try {
    bytes = Uint8Array.fromBase64(icon)
  } catch {
    violations.add(['icon'], 'is no base64 text')
    return
  }
  if (bytes.length > MANIFEST_LIMITS.icon)
    violations.add(['icon'], `has ${bytes.length} bytes; ${MANIFEST_LIMITS.icon} are allowed`)
  if (PNG.some((byte, i) => bytes[i] !== byte)) violations.add(['icon'], 'is no PNG')
}

/** `{auth.props.url}` must name a property of a connection that the description declares. */
function checkOrigins(value: Record<string, unknown>): string[] {
  const { description, capabilities } = value as { description?: Description; capabilities?: { http?: unknown[] } }
  const auths: Auth[] = Array.isArray(description?.auth) ? description.auth : []
  const http = Array.isArray(capabilities?.http) ? capabilities.http : []
  return http.flatMap((pattern, i) => {
    const name = typeof pattern === 'string' ? /^\{auth\.props\.([A-Za-z0-9_-]+)\}$/.exec(pattern)?.[1] : undefined
    const known = auths.some((auth) => isRecord(auth) && 'props' in auth && isRecord(auth.props) && name! in auth.props)
    return name === undefined || known
      ? []
      : [`capabilities.http[${i}]: no connection of the description has a property "${name}"`]
  })
}

/** The manifest of an artifact, or `Refused` with every reason. */
export function readManifest(component: Uint8Array): Manifest {
  if (!WASM.every((byte, at) => component[at] === byte))
    throw new Refused('this is not WebAssembly: the first bytes are not \\0asm')
  const sections = customSections(component, MANIFEST_SECTION)
  if (sections.length !== 1) {
    const found = sections.length === 0 ? 'none; `ap-wasm build` embeds it' : `${sections.length}`
    throw new Refused(`an artifact has exactly one section "${MANIFEST_SECTION}"; this one has ${found}`)
  }
  const [section] = sections as [Uint8Array]
  if (section.length > MANIFEST_LIMITS.manifest)
    throw new Refused(`the manifest has ${section.length} bytes; ${MANIFEST_LIMITS.manifest} are allowed`)
  let value: unknown
  try {
    value = decodeJson(section)
  } catch (error) {
    throw error instanceof PieceError ? new Refused(`the manifest is no JSON: ${error.message}`) : error
  }
  const reasons = checkManifest(value)
  if (reasons.length > 0) throw new Refused(reasons.map((reason) => `manifest: ${reason}`))
  return value as Manifest
}

/** The artifact: the component with this manifest and no other. The same inputs give the same bytes. */
export function embedManifest(component: Uint8Array, manifest: Manifest): Uint8Array {
  const reasons = checkManifest(manifest)
  if (reasons.length > 0) throw new Refused(reasons)
  const ordered = Object.keys(FRAME.properties).filter((key) => key in manifest)
  const body = encodeJson(Object.fromEntries(ordered.map((key) => [key, manifest[key as keyof Manifest]])))
  return appendSection(component, MANIFEST_SECTION, body)
}
