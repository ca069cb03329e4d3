/** @module routes/pages: what people read. Each route gathers what its page shows; the page is a function of it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FOREVER, SHORTLY } from '../answers.ts'
import type { VersionInfo } from '../catalog/pieces.ts'
import { changesOf } from '../comparison.ts'
import { ERRORS, RegistryError } from '../errors.ts'
import { diffHref, pieceHref, type SearchHref } from '../hrefs.ts'
import { authorPage } from '../pages/author.ts'
import { diffPage } from '../pages/diff.ts'
import { docsIndex, docsPage, PAGES } from '../pages/docs.ts'
import { homePage } from '../pages/home.ts'
import { ICON_SVG, sendPage } from '../pages/layout.ts'
import { piecePage } from '../pages/piece.ts'
import { PAGE_SIZE, searchPage } from '../pages/search.ts'
import { STYLE, STYLE_HREF } from '../pages/style.ts'
import { versionsPage } from '../pages/versions.ts'
import { type FoundPiece, findPiece } from '../piece.ts'
import { FACET_NAMES } from '../search/facets.ts'
import { SORTS, type Sort } from '../search/index.ts'
import type { RouteContext, Server } from '../server.ts'
import { resolveVersion } from '../versions.ts'

const SHOWN_AT_HOME = 6
const DAYS = 30
const AUTHORS_PIECES = 100
const QUERY_CHARS = 200
const LAST_PAGE = 5_000

type Strings = Record<string, string | undefined>
const paramsOf = (request: FastifyRequest): Record<string, string> => request.params as Record<string, string>

/** What an address asks for; what it does not understand is left out, for people edit addresses. */
function askedIn(query: Record<string, unknown>): SearchHref {
  const text = (name: string): string | undefined => {
    const value = query[name]
    return typeof value === 'string' && value !== '' ? value.slice(0, QUERY_CHARS) : undefined
  }
  const filters: Strings = {}
  for (const name of FACET_NAMES) if (text(name) !== undefined) filters[name] = text(name)
  const sort = SORTS.find((one) => one === text('sort')) as Sort | undefined
  const page = Math.min(Math.max(Math.trunc(Number(text('page') ?? 1)) || 1, 1), LAST_PAGE)
  return { q: text('q'), filters: filters as Record<string, string>, sort, page }
}

export function pageRoutes(server: Server, { registry, place }: RouteContext): void {
  const { catalog, search, settings } = registry
  const hidden = { schema: { hide: true } }

  server.get('/', hidden, async (request, reply) => {
    const popular = search.find({ sort: 'downloads', limit: SHOWN_AT_HOME })
    const recent = search.find({ sort: 'updated', limit: SHOWN_AT_HOME })
    const { category: categories, language: languages } = popular.facets
    const { title } = settings
    return sendPage(
      request,
      reply,
      homePage({ title, total: popular.total, popular: popular.hits, recent: recent.hits, categories, languages }),
    )
  })

  server.get('/search', hidden, async (request, reply) => {
    const asked = askedIn(request.query as Record<string, unknown>)
    const { q, filters = {}, sort, page = 1 } = asked
    const found = search.find({ q, filters, sort, offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE })
    return sendPage(request, reply, searchPage({ asked, found }))
  })

  async function show(request: FastifyRequest, reply: FastifyReply, piece: FoundPiece, version: VersionInfo) {
    const [artifact, owners, days] = await Promise.all([
      catalog.pieces.artifact(version.digest),
      catalog.owners.of(piece.name),
      catalog.downloads.byDay(piece.name, DAYS),
    ])
    const older = piece.versions.slice(piece.versions.indexOf(version) + 1)
    const previous = older.find((one) => one.hiddenReason === undefined)
    const { publicUrl } = place
    return sendPage(request, reply, piecePage({ piece, version, artifact, owners, days, previous, publicUrl }))
  }

  server.get('/pieces/:name', hidden, async (request, reply) => {
    const piece = await findPiece(registry, paramsOf(request).name!)
    const version = piece.versions.find((one) => one.version === piece.card.version)
    if (!version || version.hiddenReason !== undefined)
      throw new RegistryError('AR_PIECE_HIDDEN', {
        what: piece.name,
        reason: version?.hiddenReason ?? 'every version is',
      })
    return show(request, reply, piece, version)
  })

  server.get('/pieces/:name/:version', hidden, async (request, reply) => {
    const { name, version: asked } = paramsOf(request) as { name: string; version: string }
    const piece = await findPiece(registry, name)
    const { version, exact } = resolveVersion(piece.versions, name, asked)
    if (exact) return show(request, reply, piece, version)
    return reply.header('cache-control', SHORTLY).redirect(pieceHref(name, version.version), 307)
  })

  server.get('/pieces/:name/versions', hidden, async (request, reply) => {
    const piece = await findPiece(registry, paramsOf(request).name!)
    return sendPage(request, reply, versionsPage(piece))
  })

  // The form of the page of versions.
  server.get('/pieces/:name/diff', hidden, async (request, reply) => {
    const { from = '', to = '' } = request.query as Strings
    const { name, versions } = await findPiece(registry, paramsOf(request).name!)
    const [before, after] = [from, to].map((one) => resolveVersion(versions, name, one).version.version)
    return reply.redirect(diffHref(name, before!, after!), 307)
  })

  server.get('/pieces/:name/diff/:range', hidden, async (request, reply) => {
    const { name, range } = paramsOf(request) as { name: string; range: string }
    const piece = await findPiece(registry, name)
    const [from = '', to = ''] = range.split('...')
    const compared = async (asked: string) => {
      const { version } = resolveVersion(piece.versions, name, asked)
      return { version, artifact: await catalog.pieces.artifact(version.digest) }
    }
    const [before, after] = [await compared(from), await compared(to)]
    return sendPage(request, reply, diffPage(piece, before, after, changesOf(before, after)))
  })

  server.get('/authors/:name', hidden, async (request, reply) => {
    const { name } = paramsOf(request) as { name: string }
    const account = await catalog.accounts.byName(name)
    if (!account) throw new RegistryError('AR_ACCOUNT_NOT_FOUND', { account: name })
    const { total, hits } = search.find({ author: name, limit: AUTHORS_PIECES })
    return sendPage(request, reply, authorPage({ name, total, hits, names: await catalog.owners.namesOf(account.id) }))
  })

  server.get('/docs', hidden, async (request, reply) => sendPage(request, reply, docsIndex()))
  for (const page of PAGES)
    server.get(`/docs/${page.slug}`, hidden, async (request, reply) =>
      sendPage(request, reply, docsPage(page, place.publicUrl)),
    )

  server.get('/icons/:file', hidden, async (request, reply) => {
    const hex = /^([0-9a-f]{64})\.png$/.exec(paramsOf(request).file!)?.[1]
    const digest = `sha256:${hex}`
    const icon = hex === undefined ? undefined : (await catalog.pieces.artifact(digest)).manifest.icon
    if (icon === undefined) throw new RegistryError('AR_DIGEST_NOT_FOUND', { digest })
    return reply.type('image/png').header('cache-control', FOREVER).send(Buffer.from(icon, 'base64'))
  })
  server.get(STYLE_HREF, hidden, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', FOREVER).send(STYLE),
  )
  server.get('/favicon.svg', hidden, async (_request, reply) =>
    reply.type('image/svg+xml').header('cache-control', FOREVER).send(ICON_SVG),
  )
  for (const [code, row] of Object.entries(ERRORS))
    server.get(`/errors/${code}`, hidden, async () => {
      const { title, fault, status, retry, remedy } = row
      return { code, title, fault, status, retry, remedy }
    })
}
