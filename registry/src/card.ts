/** @module card: what lists and search know of a piece: of its newest version, small enough to hold all of them in memory. */
import { askOf, CAPABILITY_NAMES, type CapabilityName, type InterfaceNames, type Manifest } from '@ap-wasm/executor'

export interface Card {
  name: string
  version: string
  digest: string
  displayName: string
  description: string
  author: string
  language: string
  license: string
  categories: string[]
  tags: string[]
  capabilities: CapabilityName[]
  hosts: string[]
  imports: string[]
  exports: string[]
  actions: string[]
  triggers: string[]
  bytes: number
  score: number
  signed: boolean
  hasIcon: boolean
  publishedAt: number
}

/** `https://api.github.com` is found as `api.github.com`; what only the connection knows, as `{auth}`. */
const hostOf = (pattern: string): string =>
  pattern.startsWith('{') ? '{auth}' : pattern.replace(/^[a-z]+:\/\//, '').replace(/:\d+$/, '')

/** `wasi:http/outgoing-handler@0.2.3` is found as `wasi:http/outgoing-handler`: the patch of WASI says nothing. */
const interfaceOf = ({ name }: InterfaceNames): string => name.replace(/@[\d.]+$/, '')

const SUMMARY_CHARS = 240

export function cardOf(
  manifest: Manifest,
  inspection: { imports: InterfaceNames[]; exports: InterfaceNames[] },
  facts: Pick<Card, 'digest' | 'author' | 'bytes' | 'score' | 'signed' | 'publishedAt'>,
): Card {
  const { description } = manifest
  const ask = askOf(manifest)
  return {
    name: manifest.name,
    version: manifest.version,
    ...facts,
    displayName: description.displayName,
    description: description.description.slice(0, SUMMARY_CHARS),
    language: manifest.language,
    license: manifest.license ?? 'none',
    categories: [...description.categories],
    tags: [...(manifest.tags ?? [])],
    capabilities: CAPABILITY_NAMES.filter((one) => Object.keys(ask[one]).length > 0),
    hosts: [...new Set(ask.http.map(hostOf))],
    imports: [...new Set(inspection.imports.map(interfaceOf))],
    // Functions at the root of a component's world are a toolchain's own.
    exports: [...new Set(inspection.exports.map(interfaceOf))].filter((one) => !one.startsWith('$')),
    actions: Object.values(description.actions).map(({ displayName }) => displayName),
    triggers: Object.values(description.triggers).map(({ displayName }) => displayName),
    hasIcon: manifest.icon !== undefined,
  }
}
