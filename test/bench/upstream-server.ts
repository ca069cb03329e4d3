/** @module bench/upstream-server: a server far away: answers each request after 50 ms, or as many as it is told. A process of its own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const AWAY_MS = Number(process.argv[2] ?? 50)
const BODY = JSON.stringify({ hello: 'world' })

const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) => {
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': BODY.length }).end(BODY)
  }, AWAY_MS)
})
server.listen(0, '127.0.0.1', 1024, () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
