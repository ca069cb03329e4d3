/** @module routes/publish: what a token may do: publish, withdraw, share a name. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { RegistryError } from '../errors.ts'
import { absolute, pieceHref } from '../hrefs.ts'
import { reaches } from '../names.ts'
import { findPiece } from '../piece.ts'
import { publish } from '../publication.ts'
import { NameParams, PieceName, Problem, PublishAnswer, PublishQuery, Reason } from '../schemas.ts'
import { type RouteContext, type Server, WASM } from '../server.ts'
import { withToken } from '../visitor.ts'

const ENVELOPE_CHARS = 32 * 1024
const WANTED = 'the body is the artifact, as application/wasm'

/** An envelope travels beside the artifact, as base64 of its JSON. */
function envelope(request: FastifyRequest, header: string): unknown {
  const text = request.headers[header]
  if (text === undefined) return undefined
  try {
    if (typeof text === 'string' && text.length <= ENVELOPE_CHARS)
      return JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
  } catch {
    // Told below, with what it should be.
  }
  throw new RegistryError('AR_BAD_REQUEST', {
    detail: `${header} is base64 of a DSSE envelope in JSON, up to ${ENVELOPE_CHARS} characters`,
  })
}

export function publishRoutes(server: Server, { registry, place }: RouteContext): void {
  const { catalog, settings, uploads } = registry
  const needs = { needs: 'token' } as const
  const security = [{ token: [] }]
  const exact = Type.Object({ name: PieceName, version: Type.String({ pattern: '^\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}$' }) })

  server.addHook('preParsing', async (request, reply) => {
    if (request.headers['content-type'] === WASM) reply.raw.once('close', uploads.take(request))
  })
  // As it comes: who may publish is known before the body is read.
  server.addContentTypeParser(WASM, async (_request: FastifyRequest, body: IncomingMessage) => body)

  server.put(
    '/api/v1/pieces/:name/:version',
    {
      config: needs,
      bodyLimit: settings.uploadBytes,
      schema: {
        tags: ['publish'],
        summary: 'Publish the artifact in the body. The same bytes again change nothing.',
        description:
          'Headers `ap-wasm-signature` and `ap-wasm-provenance`: base64 of DSSE envelopes over {name, version, digest} and over an in-toto statement.',
        security,
        consumes: [WASM],
        params: exact,
        querystring: PublishQuery,
        response: { 200: PublishAnswer, 201: PublishAnswer, 403: Problem, 409: Problem, 422: Problem, 429: Problem },
      },
    },
    async (request, reply) => {
      const { account, token } = withToken(request)
      const { params, query } = request
      const envelopes = {
        signature: envelope(request, 'ap-wasm-signature'),
        provenance: envelope(request, 'ap-wasm-provenance'),
      }
      const body: unknown = request.body
      if (!(body instanceof Readable)) throw new RegistryError('AR_BAD_REQUEST', { detail: WANTED })
      registry.judge.begin()
      await using artifact = await uploads.receive(request, body)
      if (artifact.bytes === 0) throw new RegistryError('AR_BAD_REQUEST', { detail: WANTED })
      const published = await publish(registry, {
        ...{ name: params.name, version: params.version, artifact, account, token, dryRun: query.dryRun ?? false },
        ...envelopes,
      })
      const url = absolute(place.publicUrl, pieceHref(published.name, published.version))
      return reply.code(published.isNew ? 201 : 200).send({ ...published, url })
    },
  )

  /** Throws unless the token reaches the piece and its account owns it. */
  async function owned(request: FastifyRequest, name: string) {
    const { account, token } = withToken(request)
    if (!reaches(token.scope, name)) throw new RegistryError('AR_FORBIDDEN', { scope: token.scope, name })
    const piece = await findPiece(registry, name)
    await catalog.owners.admit(name, account)
    return { account, piece }
  }

  async function setYanked(request: FastifyRequest, name: string, version: string, reason: string | null) {
    const { account, piece } = await owned(request, name)
    if (!piece.versions.some((one) => one.version === version)) {
      const available = piece.versions.map((one) => one.version).join(', ')
      throw new RegistryError('AR_VERSION_NOT_FOUND', { name, version, available })
    }
    await catalog.pieces.setYanked(name, version, reason)
    await catalog.moderation.log(account.id, reason === null ? 'unyank' : 'yank', name, `${version} ${reason ?? ''}`)
    await registry.catchUp()
    return { name, version, yanked: reason !== null }
  }
  const Yanked = Type.Object({ name: Type.String(), version: Type.String(), yanked: Type.Boolean() })

  server.post(
    '/api/v1/pieces/:name/:version/yank',
    {
      config: needs,
      schema: {
        tags: ['publish'],
        summary: 'Withdraw: ranges pass over it; who pinned it still gets it, with the reason.',
        security,
        params: exact,
        body: Reason,
        response: { 200: Yanked, 403: Problem, 404: Problem },
      },
    },
    (request) => setYanked(request, request.params.name, request.params.version, request.body.reason),
  )
  server.delete(
    '/api/v1/pieces/:name/:version/yank',
    {
      config: needs,
      schema: {
        tags: ['publish'],
        summary: 'Offer it again.',
        security,
        params: exact,
        response: { 200: Yanked, 403: Problem, 404: Problem },
      },
    },
    (request) => setYanked(request, request.params.name, request.params.version, null),
  )

  server.put(
    '/api/v1/pieces/:name/owners/:account',
    {
      config: needs,
      schema: {
        tags: ['publish'],
        summary: 'Share the name (or the whole scope) with another account.',
        security,
        params: Type.Object({ ...NameParams.properties, account: Type.String({ maxLength: 64 }) }),
        response: { 200: Type.Object({ owners: Type.Array(Type.String()) }), 403: Problem, 404: Problem },
      },
    },
    async (request) => {
      const { name, account: other } = request.params
      const { account } = await owned(request, name)
      const found = await catalog.accounts.byName(other)
      if (!found) throw new RegistryError('AR_ACCOUNT_NOT_FOUND', { account: other })
      await catalog.owners.add(name, found.id)
      await catalog.moderation.log(account.id, 'share', name, other)
      return { owners: await catalog.owners.of(name) }
    },
  )
}
