/** @module playground/routes: the page on which a piece is tried, and its one script. */
import { html } from '@ap-wasm/executor/forms'
import { FOREVER, policyWith, SHORTLY, tagOf } from '../answers.ts'
import { triedHref, tryHref } from '../hrefs.ts'
import { sendPage } from '../pages/layout.ts'
import { pieceHead } from '../pages/piece.ts'
import { findPiece } from '../piece.ts'
import { sendArtifact } from '../routes/artifacts.ts'
import type { RouteContext, Server } from '../server.ts'
import { resolveVersion } from '../versions.ts'
import { scripts } from './bundle.ts'
import { framePolicy, playground } from './page.ts'

const SCRIPT = '/playground.js'

export function playgroundRoutes(server: Server, { registry, place }: RouteContext): void {
  const hidden = { schema: { hide: true } }

  server.get('/pieces/:name/:version/try', hidden, async (request, reply) => {
    const { name, version: asked } = request.params as { name: string; version: string }
    const piece = await findPiece(registry, name)
    const { version, exact } = resolveVersion(piece.versions, name, asked)
    if (!exact) return reply.header('cache-control', SHORTLY).redirect(tryHref(name, version.version), 307)
    reply.header('content-security-policy', policyWith(framePolicy(place.playgroundUrl)))
    return sendPage(request, reply, {
      title: `Try ${piece.card.displayName} (${name})`,
      body: html`${pieceHead(piece, version, 'try')}${playground({
        ...{ digest: version.digest, bytes: version.bytes, playgroundUrl: place.playgroundUrl },
        artifactHref: triedHref(name, version.version),
        scriptHref: `${SCRIPT}?${new URLSearchParams({ tag: tagOf((await scripts()).host) })}`,
      })}`,
    })
  })

  // The same bytes as a pull, and none: who looks at a piece has not taken it.
  server.get('/pieces/:name/:version/tried', hidden, async (request, reply) => {
    const { name, version: asked } = request.params as { name: string; version: string }
    const { versions } = await findPiece(registry, name)
    const { version, exact } = resolveVersion(versions, name, asked)
    if (!exact) return reply.header('cache-control', SHORTLY).redirect(triedHref(name, version.version), 307)
    return sendArtifact(registry, request, reply, version, { isPull: false })
  })

  server.get(SCRIPT, hidden, async (_request, reply) =>
    reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', FOREVER)
      .send((await scripts()).host),
  )
}
