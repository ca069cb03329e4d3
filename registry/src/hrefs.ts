/** @module hrefs: the only place that makes an address of this registry. Paths; `absolute` puts the public URL before them. */

import { repositoryOf } from './names.ts'
import { FACET_NAMES, type FacetName } from './search/facets.ts'
import type { Sort } from './search/index.ts'

export interface SearchHref {
  q?: string | undefined
  filters?: Partial<Record<FacetName, string>>
  sort?: Sort | undefined
  page?: number | undefined
}

export const searchHref = ({ q, filters = {}, sort, page }: SearchHref): string => {
  const params = new URLSearchParams()
  if (q) params.set('q', q)
  for (const name of FACET_NAMES) if (filters[name] !== undefined) params.set(name, filters[name])
  if (sort !== undefined) params.set('sort', sort)
  if (page !== undefined && page > 1) params.set('page', String(page))
  return `/search${params.size > 0 ? `?${params}` : ''}`
}

export const pieceHref = (name: string, version?: string): string =>
  version === undefined ? `/pieces/${name}` : `/pieces/${name}/${version}`
export const versionsHref = (name: string): string => `/pieces/${name}/versions`
export const tryHref = (name: string, version: string): string => `/pieces/${name}/${version}/try`
/** The artifact for its page: not counted as a pull. */
export const triedHref = (name: string, version: string): string => `/pieces/${name}/${version}/tried`
export const diffHref = (name: string, from: string, to: string): string => `/pieces/${name}/diff/${from}...${to}`
export const reportHref = (name: string): string => `/pieces/${name}/report`
export const authorHref = (name: string): string => `/authors/${name}`
export const docsHref = (page = ''): string => (page === '' ? '/docs' : `/docs/${page}`)
/** The digest is in it: what it leads to never changes. */
export const iconHref = (digest: string): string => `/icons/${digest.replace('sha256:', '')}.png`
export const badgeHref = (name: string): string => `/badge/${name}.svg`
export const feedHref = (name?: string): string => (name === undefined ? '/feed.atom' : `/pieces/${name}/feed.atom`)

export const apiHref = (name: string, version?: string): string =>
  version === undefined ? `/api/v1/pieces/${name}` : `/api/v1/pieces/${name}/${version}`
export const artifactHref = (name: string, version: string): string => `${apiHref(name, version)}/artifact`
export const errorHref = (code: string): string => `/errors/${code}`

export const ociReference = (host: string, name: string, version: string): string =>
  `${host}/${repositoryOf(name)}:${version}`

export const absolute = (publicUrl: string, path: string): string => new URL(path, publicUrl).href
