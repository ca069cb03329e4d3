/**
 * @module host/sockets: wasi:sockets without an address. A guest may name the network and is refused everything on it;
 * HTTP is the only way out, because only there a grant can be checked.
 */
import { err, type HostInterface, immediate } from './call.ts'
import { Pollable, READY } from './io.ts'

const denied = immediate(() => err('access-denied'))
const subscribe = immediate(() => new Pollable(READY))
const deniedMethods = (resource: string, names: readonly string[]): HostInterface =>
  Object.fromEntries(names.map((name) => [`[method]${resource}.${name}`, denied]))

class Network {}

export const instanceNetwork: HostInterface = { 'instance-network': immediate(() => new Network()) }

export const ipNameLookup: HostInterface = {
  'resolve-addresses': denied,
  '[method]resolve-address-stream.resolve-next-address': denied,
  '[method]resolve-address-stream.subscribe': subscribe,
}

export const tcpCreateSocket: HostInterface = { 'create-tcp-socket': denied }
export const udpCreateSocket: HostInterface = { 'create-udp-socket': denied }

export const tcp: HostInterface = {
  ...deniedMethods('tcp-socket', [
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
  ]),
  '[method]tcp-socket.is-listening': immediate(() => false),
  '[method]tcp-socket.address-family': immediate(() => 'ipv4'),
  '[method]tcp-socket.subscribe': subscribe,
}

export const udp: HostInterface = {
  ...deniedMethods('udp-socket', [
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
  ]),
  '[method]udp-socket.address-family': immediate(() => 'ipv4'),
  '[method]udp-socket.subscribe': subscribe,
  '[method]incoming-datagram-stream.receive': denied,
  '[method]incoming-datagram-stream.subscribe': subscribe,
  '[method]outgoing-datagram-stream.check-send': denied,
  '[method]outgoing-datagram-stream.send': denied,
  '[method]outgoing-datagram-stream.subscribe': subscribe,
}
