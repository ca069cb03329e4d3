/**
 * @module server: HTTP around a registry: who asks is found out, the request is read strictly and reaches one route; every
 * error is rendered here, as a problem for programs and as a page for people.
 */
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import { HEADERS, tagOf } from './answers.ts'
import { RegistryError } from './errors.ts'
import { sendOciError } from './oci.ts'
import { errorPage } from './pages/error.ts'
import { sendPage } from './pages/layout.ts'
import { playgroundRoutes } from './playground/routes.ts'
import { type Problem, problemOf } from './problem.ts'
import type { Registry } from './registry.ts'
import { accountRoutes } from './routes/account.ts'
import { artifactRoutes } from './routes/artifacts.ts'
import { feedRoutes } from './routes/feeds.ts'
import { healthRoutes } from './routes/health.ts'
import { loginRoutes } from './routes/login.ts'
import { moderationRoutes } from './routes/moderation.ts'
import { ociRoutes } from './routes/oci.ts'
import { pageRoutes } from './routes/pages.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import { pieceRoutes } from './routes/pieces.ts'
import { publishRoutes } from './routes/publish.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { identify, type Visitor } from './visitor.ts'

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may: a token for programs, a session for the forms of pages. Without one the route is open. */
    needs?: 'token' | 'session'
  }
  interface FastifyRequest {
    /** Undefined on an open route that nobody signed in to. */
    caller: Visitor | undefined
  }
}

/** Where visitors reach this server and its playground: known once it listens. */
export interface Place {
  publicUrl: string
  playgroundUrl: string
}

export interface RouteContext {
  registry: Registry
  place: Place
}

const HEAD_BYTES = 64 * 1024
const HEADERS_TIMEOUT_MS = 30_000
const REQUEST_TIMEOUT_MS = 300_000
const JSON_BYTES = 256 * 1024
export const WASM = 'application/wasm'

/** Binds `@scope/name` into one segment, so that every route is written once. */
const joinScope = (url: string): string =>
  url.replace(/^(\/(?:api\/v1\/pieces|pieces|badge)\/(?:@|%40)[^/?%]+)\/(?=[^/?])/, '$1%2F')

export async function createServer(registry: Registry, place: Place): Promise<Server> {
  const { settings, log } = registry
  const server: Server = Fastify({
    loggerInstance: log.child({}, { level: log.level === 'silent' ? 'silent' : 'warn' }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    rewriteUrl: (request) => joinScope(request.url ?? '/'),
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    trustProxy: settings.trustProxy === 'yes' || (settings.trustProxy === 'loopback' && 'loopback'),
    bodyLimit: JSON_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: { maxHeaderSize: HEAD_BYTES, headersTimeout: HEADERS_TIMEOUT_MS },
    frameworkErrors: (error, request, reply) => void sendError(registry, error, request, reply),
  }).withTypeProvider<TypeBoxTypeProvider>()
  server.setValidatorCompiler(TypeBoxValidatorCompiler)
  server.decorate('siteTitle', settings.title)

  await server.register(cookie)
  await server.register(formbody, { bodyLimit: JSON_BYTES })
  await limitRates(server, registry)
  read(server, registry, place)
  answer(server, registry)
  await describe(server, settings.title)
  const context: RouteContext = { registry, place }
  for (const routes of [
    ...[healthRoutes, pieceRoutes, artifactRoutes, publishRoutes, loginRoutes, accountRoutes, moderationRoutes],
    ...[ociRoutes, feedRoutes, pageRoutes, signInRoutes, passkeyRoutes, playgroundRoutes],
  ])
    await server.register(async (scope) => routes(scope as unknown as Server, context))
  return server
}

/** Addresses are held for a minute, in memory, and nowhere else. */
async function limitRates(server: Server, { settings }: Registry): Promise<void> {
  await server.register(rateLimit, {
    max: settings.requestsPerMinute,
    timeWindow: 60_000,
    cache: 50_000,
    allowList: (request) => request.url === '/health' || request.url === '/ready',
    errorResponseBuilder: (_, { max, ttl }) =>
      new RegistryError('AR_RATE_LIMITED', { limit: max, seconds: 60 }, { retryAfterMs: ttl }),
  })
}

function read(server: Server, registry: Registry, place: Place): void {
  server.decorateRequest('caller')
  server.addHook('onRequest', async (request) => {
    request.caller = await identify(registry, place, request)
  })
}

function answer(server: Server, { metrics, log }: Registry): void {
  server.addHook('onSend', async (request, reply, payload) => {
    for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value)
    // What anybody may read, any page may.
    if (isPublicRead(request)) reply.header('access-control-allow-origin', '*')
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload
    const etag = reply.getHeader('etag') ?? tagOf(payload)
    reply.header('etag', etag)
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache')
    if (request.headers['if-none-match'] !== etag) return payload
    reply.code(304)
    return ''
  })
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.requests.observe({ route, status: reply.statusCode }, reply.elapsedTime)
    log.debug({ method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request')
  })
  server.setErrorHandler((error, request, reply) => sendError({ log }, error, request, reply))
  server.setNotFoundHandler((request) => {
    throw new RegistryError('AR_ROUTE_NOT_FOUND', { method: request.method, path: request.url.split('?')[0] ?? '' })
  })
}

const isPublicRead = ({ method, url, routeOptions }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && /^\/(api|v2)\//.test(url) && routeOptions.config.needs === undefined

const isForPrograms = (request: FastifyRequest): boolean =>
  /^\/(api|v2|\.well-known)\b/.test(request.url) || !/text\/html/.test(request.headers.accept ?? '')

function sendError(
  { log }: Pick<Registry, 'log'>,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = problemOf(explained(error, request), (unknown) => log.error({ err: unknown }, 'unexpected'))
  if (problem.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(problem.retryAfterMs / 1_000))
  reply.code(problem.status).header('cache-control', 'no-store')
  readTheRest(request, reply)
  if (request.url.startsWith('/v2/')) return sendOciError(reply, problem)
  if (isForPrograms(request)) return sendProblem(reply, problem)
  return sendPage(request, reply, errorPage(problem))
}

/**
 * A connection that is closed before its body was read is reset, and takes the answer with it. Of a body that is not much too
 * large what is left is read and dropped, so that whoever sends it hears why; after any other the connection ends.
 */
function readTheRest(request: FastifyRequest, reply: FastifyReply): void {
  if (request.raw.complete) return
  const bytes = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
  if (bytes <= 2 * request.routeOptions.bodyLimit) request.raw.resume()
  else reply.header('connection', 'close')
}

const sendProblem = (reply: FastifyReply, problem: Problem): FastifyReply => {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.type('application/problem+json').serializer(JSON.stringify).send(problem)
}

/** Those of fastify's refusals that have a row of their own. */
function explained(error: unknown, request: FastifyRequest): unknown {
  const { code } = error as { code?: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const limit = request.routeOptions.bodyLimit
    return new RegistryError('AR_BODY_TOO_LARGE', { bytes: Number(request.headers['content-length'] ?? limit), limit })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const accepted = request.method === 'PUT' ? WASM : 'application/json, application/x-www-form-urlencoded'
    return new RegistryError('AR_UNSUPPORTED_MEDIA_TYPE', { got: request.headers['content-type'] ?? 'none', accepted })
  }
  return error
}

async function describe(server: Server, title: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version: '1', description: 'Pieces: search, read, pull, publish. Errors are RFC 9457 problems.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
  })
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger())
}
