/** @module download: an artifact of an executor, checked against the digest that it is known by. */
import { digestOf } from '@ap-wasm/executor'
import type { ExecutorClient } from './executor-client.ts'
import { problemError, readProblem } from './executor-client.ts'
import { CliError } from './world.ts'

export async function downloadArtifact(client: ExecutorClient, name: string, version: string): Promise<Uint8Array> {
  const exact = version === 'latest' ? await newest(client, name) : version
  const path = `/v1/pieces/${name}/${exact}`
  const { body } = await client.json<{ digest: string }>('GET', path)
  const response = await client.send('GET', `${path}/artifact`)
  if (!response.ok) throw problemError(await readProblem(response))
  const bytes = new Uint8Array(await response.arrayBuffer())
  const digest = digestOf(bytes)
  if (digest === body.digest) return bytes
  throw new CliError('environment', `the bytes of ${name} ${exact} are not those of its digest`, {
    details: [`expected ${body.digest}`, `got      ${digest}`],
    remedy: 'something between here and the executor changes them; do not use them',
  })
}

async function newest(client: ExecutorClient, name: string): Promise<string> {
  const { body } = await client.json<{ versions: { version: string }[] }>('GET', `/v1/pieces/${name}`)
  return body.versions[0]!.version
}
