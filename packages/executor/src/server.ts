/**
 * @module server: HTTP around an executor. A request passes the gate, is read strictly, reaches one route, and is answered
 * in the encoding that its caller accepts; every error is rendered here.
 */
import type { Socket } from 'node:net'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
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
import { decodeAs, type Encoding } from './codec.ts'
import type { Role } from './desk/keys.ts'
import { type ErrorCode, PieceError } from './errors.ts'
import type { Executor } from './executor.ts'
import { callRoutes } from './routes/calls.ts'
import { errorRoutes } from './routes/errors.ts'
import { fileRoutes } from './routes/files.ts'
import { grantRoutes } from './routes/grants.ts'
import { healthRoutes } from './routes/health.ts'
import { ledgerRoutes } from './routes/ledger.ts'
import { pieceRoutes } from './routes/pieces.ts'
import { boundConnections } from './server/connections.ts'
import { createGate, isLoopback, type Visitor } from './server/gate.ts'
import { createMalformed } from './server/malformed.ts'
import { encodeReply, MEDIA_TYPES } from './server/negotiate.ts'
import { type Problem, problemOf } from './server/problem.ts'
import { RequestBytes } from './server/request-bytes.ts'
import { compileValidator } from './server/request-shape.ts'

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may; a route without one is open to whoever passes the gate. */
    role?: Role
  }
  interface FastifyRequest {
    /** Set where the route needs a role. */
    visitor: Visitor
    /** Aborted when the client closes its connection. */
    readonly gone: AbortSignal
  }
}

const URL_BYTES = 16 * 1024
const HEADERS_TIMEOUT_MS = 30_000
const REQUEST_TIMEOUT_MS = 300_000
const KEEP_ALIVE_MS = 72_000
const WASM = 'application/wasm'
/** A call may have a connection to its upstream, too. */
const CONNECTIONS_SHARE = 0.5

/** Binds `@scope/name` into one segment, so that every route is written once. */
const joinScope = (url: string): string =>
  /^\/v1\/pieces\/[@%]/.test(url) ? url.replace(/^(\/v1\/pieces\/(?:@|%40)[^/?%]+)\/(?=[^/?])/, '$1%2F') : url

export async function createServer(executor: Executor): Promise<Server> {
  const { settings, log } = executor
  const local = isLoopback(settings.host)
  if (!local && !executor.keys.any())
    throw new PieceError('AP_SETTING_INVALID', {
      setting: 'host',
      value: settings.host,
      expected: 'a loopback address while there is no key; `ap-wasm key add` makes one',
    })

  const server: Server = Fastify({
    // What it says of each request and of its own start is said elsewhere.
    loggerInstance: log.child({}, { level: log.level === 'silent' ? 'silent' : 'warn' }) as FastifyBaseLogger,
    rewriteUrl: (request) => joinScope(request.url ?? '/'),
    routerOptions: { maxParamLength: 1_024, ignoreTrailingSlash: false },
    // What a call may carry: its input, and the files that it brings, in base64.
    bodyLimit: settings.inputBytes + Math.ceil((settings.fileBytes * 4) / 3),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: 0,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: { maxHeaderSize: URL_BYTES, headersTimeout: HEADERS_TIMEOUT_MS },
    clientErrorHandler: createMalformed({ headBytes: URL_BYTES, headMs: HEADERS_TIMEOUT_MS }),
    // A URL that cannot be decoded: no route has it, and no hook sees it.
    frameworkErrors: (error, _request, reply) =>
      void sendProblem(
        reply,
        problemOf(error, () => {}),
      ),
    logController: new LogController({ disableRequestLogging: true }),
    // It would be one for each request, for the one line that an unexpected error writes.
    childLoggerFactory: (logger) => logger,
  }).withTypeProvider<TypeBoxTypeProvider>()
  server.setValidatorCompiler(compileValidator)
  const { dropped } = executor.metrics
  boundConnections(server.server, { atMost: settings.connections, share: CONNECTIONS_SHARE, log, dropped })

  guard(server, executor, local)
  readBodies(server, executor)
  answer(server)
  await describe(server)
  for (const routes of [healthRoutes, pieceRoutes, grantRoutes, callRoutes, ledgerRoutes, fileRoutes, errorRoutes])
    await server.register(async (scope) => routes(scope as unknown as Server, executor))
  return server
}

/** Hooks that wait for nothing call back: each promise of a hook is a turn of the queue for every request. */
function guard(server: Server, executor: Executor, local: boolean): void {
  const gate = createGate({ keys: executor.keys, local, allowOrigins: executor.settings.allowOrigins })
  server.decorateRequest('visitor', null as never)
  server.decorateRequest('gone', {
    getter() {
      return goneOf(this.raw.socket)
    },
  })
  server.addHook('onRequest', (request, reply, next) => {
    gate.inspect(request)
    if (gate.allowOrigin(request, reply)) {
      reply.code(204).send()
      return
    }
    const { role } = request.routeOptions.config
    if (role) request.visitor = gate.admit(request, role)
    next()
  })
  if (!executor.log.isLevelEnabled('debug')) return
  server.addHook('onResponse', (request, reply, next) => {
    const { method, url } = request.routeOptions
    const served = {
      method,
      route: url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      tenant: request.visitor?.tenant,
    }
    executor.log.debug(served, 'request')
    next()
  })
}

const gone = new WeakMap<Socket, AbortSignal>()

/** One signal for all requests of a connection: whoever closes it has left them all. */
function goneOf(socket: Socket): AbortSignal {
  const known = gone.get(socket)
  if (known) return known
  const left = new AbortController()
  if (socket.destroyed) left.abort()
  else socket.once('close', () => left.abort())
  gone.set(socket, left.signal)
  return left.signal
}

function readBodies(server: Server, executor: Executor): void {
  const held = new RequestBytes(executor.settings.requestBytes)
  server.addHook('preParsing', (request, reply, _payload, next) => {
    const got = request.headers['content-type']
    const accepted = acceptedBy(request)
    if (got !== undefined && !accepted.includes(got.split(';')[0]?.trim().toLowerCase() ?? ''))
      throw new PieceError('AP_UNSUPPORTED_MEDIA_TYPE', { got, accepted: accepted.join(', ') })
    reply.raw.on('close', held.take(bodyBytes(request)))
    next()
  })
  server.removeAllContentTypeParsers()
  for (const [encoding, type] of Object.entries(MEDIA_TYPES) as [Encoding, string][])
    server.addContentTypeParser(type, { parseAs: 'buffer' }, (_request: FastifyRequest, body: Buffer, done) =>
      done(null, body.length === 0 ? undefined : decodeAs(encoding, body)),
    )
  server.addHook('preValidation', (request, _reply, next) => {
    // No body says what an empty one says; but a PUT replaces, and must say by what.
    if (request.method === 'POST') request.body ??= {}
    next()
  })
  server.addContentTypeParser(WASM, { parseAs: 'buffer' }, (_request: FastifyRequest, body: Buffer, done) =>
    done(null, body),
  )
}

/** What a body may come to: the length that it says, or the limit of its route. */
function bodyBytes({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit
  return Math.min(Number(headers['content-length'] ?? 0), routeOptions.bodyLimit)
}

function answer(server: Server): void {
  server.addHook('onRequest', (request, reply, next) => {
    reply.serializer((payload: unknown) => encodeReply(request, reply, payload))
    next()
  })
  server.setErrorHandler((error, request, reply) => {
    if (isWorthReading(request)) reply.removeHeader('connection')
    const problem = problemOf(explained(error, request), (unknown) => request.log.error({ err: unknown }, 'unexpected'))
    return sendProblem(reply, problem)
  })
  server.setNotFoundHandler((request) => {
    throw new PieceError('AP_ROUTE_NOT_FOUND', { method: request.method, path: request.url.split('?')[0] ?? '' })
  })
}

/**
 * A connection that is closed before its body was read is reset, and takes the answer with it. Of a body that is not much
 * too large, what is left is read and dropped, so that whoever sends it hears why.
 */
function isWorthReading(request: FastifyRequest): boolean {
  const bytes = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
  return bytes <= 2 * request.routeOptions.bodyLimit
}

/** Those of fastify's refusals that have a row of their own. */
function explained(error: unknown, request: FastifyRequest): unknown {
  switch ((error as { code?: string }).code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': {
      const limit = request.routeOptions.bodyLimit
      const bytes = Number(request.headers['content-length'] ?? limit)
      const upload = request.headers['content-type'] === WASM
      return new PieceError('AP_BODY_TOO_LARGE', {
        bytes,
        limit,
        name: upload ? 'componentBytes' : 'the limit of this route',
      })
    }
    default:
      return error
  }
}

/** What a route reads: a component, or a value in either encoding. */
const acceptedBy = (request: FastifyRequest): readonly string[] =>
  request.method === 'POST' && request.routeOptions.url === '/v1/pieces' ? [WASM] : VALUE_TYPES
const VALUE_TYPES = Object.values(MEDIA_TYPES)

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(problem.retryAfterMs / 1_000))
  if (problem.code === ('AP_UNAUTHORIZED' satisfies ErrorCode)) reply.header('www-authenticate', 'Bearer')
  return reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

async function describe(server: Server): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'ap-wasm executor',
        version: '0.1',
        description:
          'Runs pieces: deploy, consent, call. Errors are RFC 9457 problems; JSON and MessagePack are negotiated.',
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: ({ schema, url }) => ({ schema: { ...schema, tags: [topicOf(url)] }, url }),
  })
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null },
    staticCSP: true,
    theme: { title: 'ap-wasm executor' },
  })
  // Whoever opens the address in a browser wants to know what this is.
  server.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'))
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger())
}

/** Under which heading a route is found. */
function topicOf(url: string): string {
  if (/\/(actions|triggers|resolve)\b/.test(url)) return 'run a piece'
  if (url.endsWith('/grants')) return 'consent'
  if (url.startsWith('/v1/pieces')) return 'pieces'
  if (url.startsWith('/v1/')) return 'what ran'
  return 'operating'
}
