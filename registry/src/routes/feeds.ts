/** @module routes/feeds: feeds, badges, the map of the site, what robots may read. */
import { SHORTLY } from '../answers.ts'
import { atomFeed, badge, scoreColor, siteMap } from '../feeds.ts'
import { absolute, authorHref, docsHref, pieceHref } from '../hrefs.ts'
import { PAGES } from '../pages/docs.ts'
import { findPiece } from '../piece.ts'
import type { RouteContext, Server } from '../server.ts'
import { offered } from '../versions.ts'

const ENTRIES = 50
/** https://www.sitemaps.org/protocol.html allows no more in one file. */
const ADDRESSES = 50_000

export function feedRoutes(server: Server, { registry, place }: RouteContext): void {
  const { catalog, settings, search } = registry
  const hidden = { schema: { hide: true } }
  const atom = 'application/atom+xml; charset=utf-8'

  server.get('/feed.atom', hidden, async (_request, reply) => {
    const versions = await catalog.pieces.recent(ENTRIES)
    const text = atomFeed(place.publicUrl, `${settings.title}: new versions`, versions)
    return reply.type(atom).header('cache-control', SHORTLY).send(text)
  })

  server.get('/pieces/:name/feed.atom', hidden, async (request, reply) => {
    const { name, versions, card } = await findPiece(registry, (request.params as { name: string }).name)
    const text = atomFeed(place.publicUrl, `${card.displayName}: versions`, offered(versions).slice(0, ENTRIES), name)
    return reply.type(atom).header('cache-control', SHORTLY).send(text)
  })

  server.get('/badge/:file', hidden, async (request, reply) => {
    const { card } = await findPiece(registry, (request.params as { file: string }).file.replace(/\.svg$/, ''))
    const svg = badge(card.name, `${card.version} · ${card.score}`, scoreColor(card.score))
    return reply.type('image/svg+xml').header('cache-control', SHORTLY).send(svg)
  })

  server.get('/sitemap.xml', hidden, async (_request, reply) => {
    const { hits } = search.find({ sort: 'updated', limit: ADDRESSES - 1_000 })
    const newest = hits[0]?.card.publishedAt ?? 0
    const authors = [...new Set(hits.map(({ card }) => card.author))].slice(0, 900)
    const pages = [
      ...['/', '/search', docsHref(), ...PAGES.map(({ slug }) => docsHref(slug))].map((path) => ({
        path,
        changedAt: newest,
      })),
      ...hits.map(({ card }) => ({ path: pieceHref(card.name), changedAt: card.publishedAt })),
      ...authors.map((name) => ({ path: authorHref(name), changedAt: newest })),
    ]
    return reply.type('application/xml').header('cache-control', SHORTLY).send(siteMap(place.publicUrl, pages))
  })

  server.get('/robots.txt', hidden, async (_request, reply) =>
    reply
      .type('text/plain')
      .send(
        `User-agent: *\nDisallow: /account\nDisallow: /device\nDisallow: /search?\n\nSitemap: ${absolute(place.publicUrl, '/sitemap.xml')}\n`,
      ),
  )
}
