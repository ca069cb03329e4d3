/** @module search/facets: the one table of what a search can be narrowed by. */
import { CAPABILITY_NAMES, CATEGORIES } from '@ap-wasm/executor'
import type { Card } from '../card.ts'

interface Row {
  title: string
  /** Completes "pieces …" for a machine's reader. */
  doc: string
  of: (card: Card) => readonly string[]
  /** How a value is shown. */
  label?: (value: string) => string
}

const CAPABILITY_WORDS: Readonly<Record<string, string>> = {
  http: 'sends requests',
  env: 'reads variables',
  store: 'keeps state',
  files: 'reads or writes files',
  run: 'controls its run',
  none: 'asks for nothing',
}
const BANDS = [90, 75, 50] as const

export const categoryLabel = (value: string): string => {
  const words = value
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace(/\bcrm\b/, 'CRM')
  return words[0]!.toUpperCase() + words.slice(1)
}

export const FACETS = {
  language: { title: 'Language', doc: 'written in it', of: (card) => [card.language] },
  category: { title: 'Category', doc: 'of the category', of: (card) => card.categories, label: categoryLabel },
  capability: {
    title: 'What it may do',
    doc: `that ask for one of ${CAPABILITY_NAMES.join(', ')}, or for none`,
    of: (card) => (card.capabilities.length === 0 ? ['none'] : card.capabilities),
    label: (value) => CAPABILITY_WORDS[value] ?? value,
  },
  host: {
    title: 'Host it asks for',
    doc: 'that ask for the host: `api.github.com`, `*` for any',
    of: (card) => card.hosts,
    label: (value) => (value === '*' ? 'any public host' : value === '{auth}' ? 'the host in the connection' : value),
  },
  tag: { title: 'Tag', doc: 'with the tag', of: (card) => card.tags },
  license: { title: 'Licence', doc: 'under it', of: (card) => [card.license] },
  score: {
    title: 'Score',
    doc: `with at least so many points: ${BANDS.join(', ')}`,
    of: (card) => BANDS.filter((band) => card.score >= band).map(String),
    label: (value) => `${value} and more`,
  },
  import: { title: 'Import', doc: 'that import the interface', of: (card) => card.imports },
  export: { title: 'Export', doc: 'that export the interface', of: (card) => card.exports },
} satisfies Record<string, Row> as Record<
  'language' | 'category' | 'capability' | 'host' | 'tag' | 'license' | 'score' | 'import' | 'export',
  Row
>

export type FacetName = keyof typeof FACETS
export const FACET_NAMES = Object.keys(FACETS) as FacetName[]
export const facetLabel = (name: FacetName, value: string): string => FACETS[name].label?.(value) ?? value
export const ALL_CATEGORIES: readonly string[] = CATEGORIES
