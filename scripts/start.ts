/** Starts the executor of this clone, with its data in `.data/`; arguments are those of docs/settings.md. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const main = `${root}packages/executor/dist/main.js`
// Without --disable-sigusr1 a signal would open a debugger in the process that holds the secrets.
const server = spawn(process.execPath, ['--disable-sigusr1', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { AP_WASM_DATA: `${root}.data`, ...process.env },
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => server.kill(signal))
server.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0)
})
