/**
 * Starts the executor of this clone with the example pieces deployed, and prints a call to try. Its data lives in `.data/`;
 * arguments are those of docs/settings.md.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SERVER_FLAGS } from '../packages/executor/src/server/process-flags.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = `${root}packages/cli/dist/launch.js`
const PIECES = ['templates/typescript', 'examples/feeds']
const READY_WITHIN_MS = 30_000

const env = { AP_WASM_DATA: `${root}.data`, ...process.env }

/** Ends this process where the command fails: it has said why. */
function run(args: readonly string[], folder: string): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: `${root}${folder}`,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    child.on('exit', (code) => (code === 0 ? resolve() : process.exit(code ?? 1)))
  })
}

/** The server, once it says where it listens; what it logs goes to stderr as it comes. */
function serve(): Promise<{ server: ChildProcess; url: string }> {
  const server = spawn(
    process.execPath,
    [...SERVER_FLAGS, `${root}packages/executor/dist/main.js`, ...process.argv.slice(2)],
    {
      env: { AP_WASM_LOG_LEVEL: 'warn', ...env },
      stdio: ['inherit', 'pipe', 'inherit'],
    },
  )
  // Ctrl-C reaches both from the terminal, and a second signal would end the server at once.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => server.kill('SIGTERM'))
  server.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      console.error(
        `the executor did not listen within ${READY_WITHIN_MS} ms; start it with AP_WASM_LOG_LEVEL=info to see why`,
      )
      server.kill('SIGKILL')
    }, READY_WITHIN_MS)
    let said = ''
    server.stdout?.on('data', (chunk: Buffer) => {
      said += chunk
      const url = /listens on (\S+)/.exec(said)?.[1]
      if (url === undefined) return
      clearTimeout(late)
      resolve({ server, url })
    })
  })
}

// As the executor would make it: it holds secrets and the state of pieces.
mkdirSync(`${root}.data`, { recursive: true, mode: 0o700 })
const artifacts = PIECES.map((folder) => ({ folder, file: `${root}.data/${folder.replaceAll('/', '-')}.wasm` }))
for (const { folder, file } of artifacts) {
  console.log(`building ${folder}`)
  await run(['build', '--quiet', '--out', file], folder)
}
const { url } = await serve()
for (const { folder, file } of artifacts) await run(['deploy', file, '--to', url, '--yes', '--quiet'], folder)

console.log(`
ap-wasm runs at ${url}; its API is readable at ${url}/docs. Try a call:

  curl -s ${url}/v1/pieces/my-piece/latest/actions/count_words \\
    -H 'content-type: application/json' -d '{"props": {"text": "the cat and the hat"}}'

or read a page of the web as Markdown:

  curl -s ${url}/v1/pieces/feeds/latest/actions/read_page \\
    -H 'content-type: application/json' -d '{"props": {"url": "https://example.com"}}'

Ctrl-C ends it. A piece of your own: README.md`)
