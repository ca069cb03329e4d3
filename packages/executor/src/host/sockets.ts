/**
 * @module host/sockets: wasi:sockets without an address. A guest may name the network and is refused everything on it;
 * HTTP is the only way out, because only there a grant can be checked.
 */
import { immediate } from './call.ts'
import { refusal, refusals } from './inert.ts'
import { Pollable, READY } from './io.ts'
import type { Bindings } from './world.ts'

const denied = refusal('access-denied')
const subscribe = immediate(() => new Pollable(READY))
const ipv4 = immediate(() => 'ipv4' as const)

export class Network {}

export const instanceNetwork = {
  'instance-network': immediate(() => new Network()),
} satisfies Bindings<'wasi:sockets/instance-network'>

export const ipNameLookup = {
  'resolve-addresses': denied,
  '[method]resolve-address-stream.resolve-next-address': denied,
  '[method]resolve-address-stream.subscribe': subscribe,
} satisfies Bindings<'wasi:sockets/ip-name-lookup'>

export const tcpCreateSocket = { 'create-tcp-socket': denied } satisfies Bindings<'wasi:sockets/tcp-create-socket'>
export const udpCreateSocket = { 'create-udp-socket': denied } satisfies Bindings<'wasi:sockets/udp-create-socket'>

export const tcp = {
  ...refusals(
    'tcp-socket',
    [
      'start-bind',
      'finish-bind',
      'start-connect',
      'finish-connect',
      'start-listen',
      'finish-listen',
      'accept',
      'local-address',
      'remote-address',
      'set-listen-backlog-size',
      'keep-alive-enabled',
      'set-keep-alive-enabled',
      'keep-alive-idle-time',
      'set-keep-alive-idle-time',
      'keep-alive-interval',
      'set-keep-alive-interval',
      'keep-alive-count',
      'set-keep-alive-count',
      'hop-limit',
      'set-hop-limit',
      'receive-buffer-size',
      'set-receive-buffer-size',
      'send-buffer-size',
      'set-send-buffer-size',
      'shutdown',
    ],
    'access-denied',
  ),
  '[method]tcp-socket.is-listening': immediate(() => false),
  '[method]tcp-socket.address-family': ipv4,
  '[method]tcp-socket.subscribe': subscribe,
} satisfies Bindings<'wasi:sockets/tcp'>

export const udp = {
  ...refusals(
    'udp-socket',
    [
      'start-bind',
      'finish-bind',
      'stream',
      'local-address',
      'remote-address',
      'unicast-hop-limit',
      'set-unicast-hop-limit',
      'receive-buffer-size',
      'set-receive-buffer-size',
      'send-buffer-size',
      'set-send-buffer-size',
    ],
    'access-denied',
  ),
  '[method]udp-socket.address-family': ipv4,
  '[method]udp-socket.subscribe': subscribe,
  '[method]incoming-datagram-stream.receive': denied,
  '[method]incoming-datagram-stream.subscribe': subscribe,
  '[method]outgoing-datagram-stream.check-send': denied,
  '[method]outgoing-datagram-stream.send': denied,
  '[method]outgoing-datagram-stream.subscribe': subscribe,
} satisfies Bindings<'wasi:sockets/udp'>
