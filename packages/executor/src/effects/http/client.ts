/**
 * @module effects/http/client: connections to the outside. Each tenant has pools of its own, so that neither a socket nor a
 * TLS session is ever shared; every socket in them was made to an address that the egress guard had passed.
 */
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { getCACertificates } from 'node:tls'
import { LRUCache } from 'lru-cache'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import { FIELDS_BYTES } from '../../host/http-fields.ts'
import { type Egress, noPublic, type Reach } from '../egress.ts'
import { EgressRefused } from '../egress-refused.ts'
import { Slots } from '../slots.ts'
import { CODINGS, type Codings } from './codings.ts'

const BOUNDS = {
  /** Of one tenant; further requests wait for one. */
  socketsPerOrigin: 256,
  socketsPerTenant: 1_024,
  sockets: 8_192,
  /** Tenants that keep pools; beyond it, the pools of the one that was longest silent are closed. */
  tenants: 1_000,
  /** Streams under decompression at once: brotli and zstd keep windows of up to 16 and 8 MiB each. */
  windowsPerTenant: 16,
}
/** Connecting includes the name's resolution and the TLS handshake. */
const CONNECT_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 4_000
const KEEP_ALIVE_MAX_MS = 30_000

export interface HttpClient {
  /** What is sent where the guest sets no user-agent. */
  readonly userAgent: string
  readonly codings: Codings
  /** Sends to `options.origin` over a connection of this tenant; all that goes wrong is told to the handler. */
  dispatch(tenant: string, reach: Reach, options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void
  /** Turns to hold a large decompression window. */
  windows(tenant: string): Slots
  close(): Promise<void>
}

interface Tenant {
  agents: Record<Reach, Agent>
  windows: Slots
  sockets: number
}

/** As undici does with errors of its own: whether anything had been read over this connection tells `isStale`. */
function tellSocket(this: Socket, error: Error & { socket?: { bytesRead: number } }): void {
  error.socket ??= { bytesRead: this.bytesRead }
}

export function createHttpClient(options: {
  egress: Egress
  userAgent: string
  connectTimeoutMs?: number
  /** Certificates to trust beside the system's. */
  ca?: readonly string[]
  bounds?: Partial<typeof BOUNDS>
}): HttpClient {
  const bounds = { ...BOUNDS, ...options.bounds }
  let sockets = 0

  function connector(tenant: { sockets: number }, reach: Reach): buildConnector.connector {
    const lookup: LookupFunction = (hostname, _, done) => {
      options.egress.addresses(hostname, reach).then(
        (addresses) => done(null, addresses),
        (error) => done(error, []),
      )
    }
    const connect = buildConnector({
      lookup,
      // The next address is tried where one does not answer; all of them have been checked.
      autoSelectFamily: true,
      timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      // HTTP/1.1 alone: one request a socket, no streams of several calls in one connection, one parser to trust.
      allowH2: false,
      // Said, so that no variable of the environment unsays it.
      rejectUnauthorized: true,
      ...(options.ca === undefined ? {} : { ca: [...getCACertificates(), ...options.ca] }),
    })
    return (target, callback) => {
      // node:net calls no lookup for a literal address.
      const refused = isIP(target.hostname) ? options.egress.refusal(target.hostname, reach) : undefined
      if (refused)
        return callback(
          new EgressRefused({ tag: 'destination-IP-prohibited' }, noPublic(target.hostname, 'is', [refused])),
          null,
        )
      if (tenant.sockets >= bounds.socketsPerTenant || sockets >= bounds.sockets)
        return callback(new EgressRefused({ tag: 'connection-limit-reached' }, 'too many connections are open'), null)
      tenant.sockets++
      sockets++
      const closed = () => {
        tenant.sockets--
        sockets--
      }
      connect(target, (...outcome) => {
        const socket = outcome[1]
        if (socket) socket.once('close', closed).prependListener('error', tellSocket)
        else closed()
        callback(...outcome)
      })
    }
  }

  function createTenant(): Tenant {
    const tenant = { sockets: 0, windows: new Slots(bounds.windowsPerTenant) }
    const agent = (reach: Reach) =>
      new Agent({
        connect: connector(tenant, reach),
        connections: bounds.socketsPerOrigin,
        keepAliveTimeout: KEEP_ALIVE_MS,
        keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
        maxHeaderSize: FIELDS_BYTES,
        // The exchange keeps its own timers: undici's count by the half second and cannot be lowered per request.
        headersTimeout: 0,
        useMilo: false,
        bodyTimeout: 0,
      })
    return Object.assign(tenant, { agents: { named: agent('named'), public: agent('public') } })
  }

  const leaving = new Set<Promise<unknown>>()
  const tenants = new LRUCache<string, Tenant>({
    max: bounds.tenants,
    // Requests under way end in peace; idle sockets close with their keep-alive.
    dispose: ({ agents }, _, reason) => {
      if (reason !== 'evict') return
      for (const agent of [agents.named, agents.public]) {
        const closing = agent.close().finally(() => leaving.delete(closing))
        leaving.add(closing)
      }
    },
  })

  const of = (tenant: string): Tenant => {
    let found = tenants.get(tenant)
    if (!found) tenants.set(tenant, (found = createTenant()))
    return found
  }

  return {
    userAgent: options.userAgent,
    codings: CODINGS,
    dispatch: (tenant, reach, request, handler) => {
      of(tenant).agents[reach].dispatch(request, handler)
    },
    windows: (tenant) => of(tenant).windows,
    close: async () => {
      const agents = [...tenants.values()].flatMap((tenant) => [tenant.agents.named, tenant.agents.public])
      await Promise.all([...agents.map((agent) => agent.destroy()), ...leaving])
    },
  }
}
