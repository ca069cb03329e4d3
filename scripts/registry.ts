/**
 * Starts a registry of this clone with its example pieces published, and prints where it is. Its data lives in
 * `.data/registry/`; arguments are those of docs/registry-tables.md.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { digestOf, newSigningKey, readManifest, sealEnvelope } from '@ap-wasm/executor'
import {
  publish,
  RegistryError,
  type Serving,
  SIGNED_TYPE,
  serve,
  settingsFromArguments,
  settingsFromEnvironment,
} from '@ap-wasm/registry'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = `${root}packages/cli/dist/launch.js`
const data = `${root}.data/registry`
const ACCOUNT = 'ap-wasm'

/** Those whose tools came with `npm install`: a fresh clone has no other. */
const examples = readdirSync(`${root}examples`).filter((name) => {
  const file = `${root}examples/${name}/piece.json`
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).language === 'typescript'
})

/** Ends this process where the build fails: it has said why. */
function build(name: string, out: string): Promise<void> {
  console.log(`building examples/${name}`)
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, 'build', '--quiet', '--out', out], {
      cwd: `${root}examples/${name}`,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    child.on('exit', (code) => (code === 0 ? resolve() : process.exit(code ?? 1)))
  })
}

async function seed({ registry }: Serving): Promise<void> {
  const { accounts } = registry.catalog
  // Nobody signs in as this account: its password is not kept.
  const account = (await accounts.byName(ACCOUNT)) ?? (await accounts.add(ACCOUNT, randomBytes(24).toString('hex')))
  for (const example of examples) {
    const file = `${data}/${example}.wasm`
    await build(example, file)
    const bytes = readFileSync(file)
    const { name, version } = readManifest(bytes)
    const key = newSigningKey()
    await accounts.addKey(account.id, key.publicKey, 'npm run registry')
    const digest = digestOf(bytes)
    const signature = sealEnvelope(SIGNED_TYPE, { name, version, digest }, key)
    try {
      await publish(registry, { name, version, bytes, account, scope: '*', signature })
    } catch (error) {
      // The example was changed since, and its version was not raised: what was published stays.
      if (!(error instanceof RegistryError) || error.code !== 'AR_VERSION_EXISTS') throw error
      console.log(`examples/${example} has changed since ${version} was published; what was published stays`)
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
await seed(serving)
console.log(`
The registry runs at ${serving.publicUrl}. Make an account there, then publish a piece of your own from its folder:

  ap-wasm login --registry ${serving.publicUrl}
  ap-wasm publish

Ctrl-C ends it.`)
