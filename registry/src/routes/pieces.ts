/** @module routes/pieces: search and reading, for programs. */
import { askOf, permissions } from '@ap-wasm/executor'
import Type from 'typebox'
import { SHORTLY } from '../answers.ts'
import { changesOf } from '../comparison.ts'
import { absolute, apiHref, diffHref, pieceHref } from '../hrefs.ts'
import { findPiece } from '../piece.ts'
import {
  cardView,
  DiffView,
  NameParams,
  PieceName,
  PieceView,
  Problem,
  SearchAnswer,
  SearchQuery,
  VersionDetail,
  VersionParams,
  VersionQuery,
  versionView,
} from '../schemas.ts'
import { FACET_NAMES } from '../search/facets.ts'
import type { RouteContext, Server } from '../server.ts'
import { ageMs, resolveVersion } from '../versions.ts'

const SUGGESTIONS = 8

export function pieceRoutes(server: Server, { registry, place }: RouteContext): void {
  const { catalog, search } = registry
  const hrefOf = (name: string): string => absolute(place.publicUrl, pieceHref(name))

  server.get(
    '/api/v1/pieces',
    {
      schema: {
        tags: ['read'],
        summary: 'Search. Every parameter narrows it.',
        querystring: SearchQuery,
        response: { 200: SearchAnswer, 400: Problem },
      },
    },
    async ({ query }, reply) => {
      const { q, author, sort, cursor = '0', limit = 20 } = query
      const offset = Number(cursor)
      const filters = Object.fromEntries(
        FACET_NAMES.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])),
      )
      const { total, hits, facets } = search.find({ q, author, sort, filters, offset, limit })
      reply.header('cache-control', SHORTLY)
      const next = offset + hits.length
      return {
        total,
        pieces: hits.map((hit) => cardView(hit, hrefOf)),
        ...(next < total ? { cursor: String(next) } : {}),
        facets,
      }
    },
  )

  server.get(
    '/api/v1/search/suggest',
    {
      schema: {
        tags: ['read'],
        summary: 'Names that begin with what was typed.',
        querystring: Type.Object({ q: Type.String({ maxLength: 100 }) }),
        response: {
          200: Type.Array(Type.Object({ name: Type.String(), displayName: Type.String(), href: Type.String() })),
        },
      },
    },
    async ({ query }, reply) => {
      reply.header('cache-control', SHORTLY)
      return search
        .suggest(query.q, SUGGESTIONS)
        .map(({ card: { name, displayName } }) => ({ name, displayName, href: hrefOf(name) }))
    },
  )

  server.get(
    '/api/v1/pieces/:name',
    {
      schema: {
        tags: ['read'],
        summary: 'A piece with its versions, the withdrawn ones too.',
        params: NameParams,
        response: { 200: PieceView, 404: Problem, 410: Problem },
      },
    },
    async ({ params: { name } }, reply) => {
      const { card, downloads, createdAt, versions } = await findPiece(registry, name)
      const { displayName, description } = card
      reply.header('cache-control', SHORTLY)
      return {
        ...{ name, latest: card.version, displayName, description, downloads },
        owners: await catalog.owners.of(name),
        createdAt: new Date(createdAt).toISOString(),
        versions: versions.map(versionView),
      }
    },
  )

  server.get(
    '/api/v1/pieces/:name/:version',
    {
      schema: {
        tags: ['read'],
        summary: 'A version: manifest, permissions, score. A range or `latest` redirects to the exact one.',
        params: VersionParams,
        querystring: VersionQuery,
        response: { 200: VersionDetail, 404: Problem, 410: Problem },
      },
    },
    async ({ params, query }, reply) => {
      const { versions } = await findPiece(registry, params.name)
      const { version, exact } = resolveVersion(
        versions,
        params.name,
        params.version,
        query.minAge === undefined ? 0 : ageMs(query.minAge),
      )
      reply.header('cache-control', SHORTLY)
      if (!exact) return reply.redirect(apiHref(params.name, version.version), 307)
      const { manifest, inspection, score, signature, provenance } = await catalog.pieces.artifact(version.digest)
      const publicKey = version.signedBy && (await catalog.accounts.publicKey(version.signedBy))
      return {
        ...{ name: params.name, ...versionView(version), manifest, capabilities: askOf(manifest) },
        permissions: permissions(askOf(manifest)),
        scores: score.rows,
        imports: inspection.imports.map(({ name }) => name),
        exports: inspection.exports.map(({ name }) => name),
        warnings: inspection.warnings,
        ...(signature === undefined ? {} : { signature }),
        ...(publicKey === undefined ? {} : { publicKey }),
        ...(provenance === undefined ? {} : { provenance }),
      }
    },
  )

  server.get(
    '/api/v1/pieces/:name/diff/:range',
    {
      schema: {
        tags: ['read'],
        summary: 'What changed: `1.0.0...1.1.0`.',
        params: Type.Object({
          name: PieceName,
          range: Type.String({ maxLength: 140, pattern: '^[^.].*\\.\\.\\.[^.]' }),
        }),
        response: { 200: DiffView, 404: Problem },
      },
    },
    async ({ params: { name, range } }, reply) => {
      const [from = '', to = ''] = range.split('...')
      const { versions } = await findPiece(registry, name)
      const [before, after] = [resolveVersion(versions, name, from), resolveVersion(versions, name, to)]
      reply.header('cache-control', SHORTLY)
      if (!before.exact || !after.exact)
        return reply.redirect(`/api/v1${diffHref(name, before.version.version, after.version.version)}`, 307)
      const compared = async ({ version }: typeof before) => ({
        version,
        artifact: await catalog.pieces.artifact(version.digest),
      })
      const changes = changesOf(await compared(before), await compared(after))
      return {
        ...changes,
        permissions: changes.permissions
          .filter(({ sign }) => sign !== ' ')
          .map(({ sign, permission: { key, words } }) => ({ sign, key, words })),
        description: changes.description.map(({ path, expected, actual }) => ({
          path,
          ...(expected === undefined ? {} : { before: expected }),
          ...(actual === undefined ? {} : { after: actual }),
        })),
      }
    },
  )
}
