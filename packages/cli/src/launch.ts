#!/usr/bin/env node
/**
 * @module launch: the command that npm links. It runs on any Node, and says so where that one is too old: pieces need a Node
 * that suspends WebAssembly. One that is installed beside the CLI (`npm install node@26`) is used without a word.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 26
const EXIT_ENVIRONMENT = 3

/** The `node` package's own binary. */
function besideNode(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json')
    return join(manifest, '..', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    return undefined
  }
}

function fail(message: string, remedy: string): void {
  console.error(`error: ${message}\nhow to solve it: ${remedy}`)
  process.exitCode = EXIT_ENVIRONMENT
}

function hand(node: string): void {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  // Ctrl-C reaches both from the terminal: the child decides when it ends.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`${node} could not be started: ${error.message}`, `install Node ${NEEDED}`))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal ? 1 : 0)
  })
}

/** A server's process is told more than a command's. Where a process cannot be replaced, it serves without. */
async function asServer(): Promise<void> {
  const { SERVER_FLAGS } = await import('@ap-wasm/executor/process-flags')
  if (process.platform === 'win32' || SERVER_FLAGS.every((flag) => process.execArgv.includes(flag))) return
  const flags = [...process.execArgv, ...SERVER_FLAGS, '--disable-warning=ExperimentalWarning']
  process.execve?.(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], process.env)
}

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  if (process.argv[2] === 'serve') await asServer()
  const { start } = await import('./main.ts')
  await start()
} else {
  const node = besideNode()
  if (node) hand(node)
  else
    fail(
      `ap-wasm needs Node ${NEEDED} or newer; this is ${process.versions.node}`,
      `install Node ${NEEDED} (https://nodejs.org), or put it beside ap-wasm: npm install node@${NEEDED}`,
    )
}
