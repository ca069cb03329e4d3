/** @module serve: a registry with its server, from settings to addresses and from the last request to a free data folder. */
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { boundConnections } from '@ap-wasm/executor'
import type { Logger } from 'pino'
import { RegistryError } from './errors.ts'
import { createPlayground } from './playground/server.ts'
import { openRegistry, type Registry } from './registry.ts'
import { createServer, type Place } from './server.ts'
import { completeSettings, type Settings } from './settings.ts'

export interface Serving extends Place {
  registry: Registry
  /** Finishes what is under way, within `drainMs`. */
  close(): Promise<void>
}

/** Of each of two servers; the other half is for the catalog, artifacts and uploads. */
const CONNECTIONS_SHARE = 0.25

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host is known',
  EACCES: 'this user may not listen there',
}

const unusable = (host: string, port: number, error: unknown): unknown => {
  const why = WHY[(error as NodeJS.ErrnoException).code ?? '']
  return why === undefined ? error : new RegistryError('AR_ADDRESS_UNUSABLE', { host, port, why }, { cause: error })
}

const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** As a browser writes it. Whoever listens everywhere is reached from this machine; elsewhere `publicUrl` says how. */
function urlOf({ address, port, family }: AddressInfo): string {
  const host = EVERYWHERE.has(address) ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}

/** Cookies know no ports: only another name of this machine keeps the registry's from the playground. */
const anotherHost = (url: string, publicUrl: string): string =>
  new URL(publicUrl).hostname === 'localhost'
    ? url
    : url.replace(/^http:\/\/(127\.0\.0\.1|\[::1\]):/, 'http://localhost:')

async function listening(server: HttpServer, host: string, port: number): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw unusable(host, port, error)
  }
}

export async function serve(given: Partial<Settings> = {}, options: { log?: Logger } = {}): Promise<Serving> {
  const settings = completeSettings(given)
  const registry = await openRegistry(settings, options)
  try {
    const { host, port } = settings
    // Where it listens is known once it does; what is told to visitors is asked for at each request.
    const place: Place = { publicUrl: settings.publicUrl, playgroundUrl: settings.playgroundUrl }
    const server = await createServer(registry, place)
    const bound = { atMost: settings.connections, share: CONNECTIONS_SHARE, log: registry.log }
    boundConnections(server.server, bound)
    await server.listen({ host, port }).catch((error: unknown) => {
      throw unusable(host, port, error)
    })
    place.publicUrl ||= urlOf(server.server.address() as AddressInfo)
    const playground = createPlayground(() => new URL(place.publicUrl).origin)
    boundConnections(playground, bound)
    await listening(playground, host, settings.playgroundPort).catch(async (error: unknown) => {
      await server.close()
      throw error
    })
    place.playgroundUrl ||= anotherHost(urlOf(playground.address() as AddressInfo), place.publicUrl)
    registry.log.info({ url: place.publicUrl, data: settings.data }, 'listening')
    return {
      registry,
      ...place,
      async close() {
        const cut = setTimeout(() => server.server.closeAllConnections(), settings.drainMs)
        playground.closeAllConnections()
        playground.close()
        await server.close()
        clearTimeout(cut)
        await registry.close()
      },
    }
  } catch (error) {
    await registry.close()
    throw error
  }
}
