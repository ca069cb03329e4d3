/**
 * Starts a registry of this clone with its example pieces published, and prints where it is. Its data lives in
 * `.data/registry/`; arguments are those of docs/registry-tables.md.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { newSigningKey, readManifest, sealEnvelope } from '@ap-wasm/executor'
import {
  artifactFile,
  publish,
  RegistryError,
  type Serving,
  SIGNED_TYPE,
  serve,
  settingsFromArguments,
  settingsFromEnvironment,
} from '@ap-wasm/registry'
import { seeds } from './seeds.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const data = `${root}.data/registry`
const ACCOUNT = 'ap-wasm'

async function seed({ registry }: Serving): Promise<void> {
  const { accounts, pieces } = registry.catalog
  // Nobody signs in as this account: its password is not kept.
  const account = (await accounts.byName(ACCOUNT)) ?? (await accounts.add(ACCOUNT, randomBytes(24).toString('hex')))
  for await (const { example, file, lack } of seeds(console.log)) {
    if (file === undefined) {
      console.log(`examples/${example} is left out: ${lack}`)
      continue
    }
    const { name, version } = readManifest(await readFile(file))
    const artifact = await artifactFile(file)
    const { digest } = artifact
    const there = (await pieces.versions(name)).find((one) => one.version === version)
    if (there && there.digest !== digest)
      console.log(`examples/${example} has changed since ${version} was published; what was published stays`)
    if (there) continue
    const key = newSigningKey()
    await accounts.addKey(account.id, key.publicKey, 'npm run registry')
    try {
      const signature = sealEnvelope(SIGNED_TYPE, { name, version, digest }, key)
      await publish(registry, { name, version, artifact, account, signature })
      console.log(`published ${name} ${version}`)
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error
      const { reasons = [error.message] } = error.fields as { reasons?: readonly string[] }
      console.log(`examples/${example} is left out: ${reasons.join('; ')}`)
    } finally {
      await accounts.revokeKey(account.id, key.id)
    }
  }
}

mkdirSync(data, { recursive: true, mode: 0o700 })
const serving = await serve({
  data,
  logLevel: 'warn',
  ...settingsFromEnvironment(process.env),
  ...settingsFromArguments(process.argv.slice(2)),
})
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    serving.close().then(() => process.exit(0))
  })
console.log(`The registry runs at ${serving.publicUrl}; its example pieces follow.`)
await seed(serving)
console.log(`
${serving.registry.search.size} pieces are there. Make an account, then publish a piece of your own from its folder:

  ap-wasm login --registry ${serving.publicUrl}
  ap-wasm publish

Ctrl-C ends it.`)
