/** @module process: a server in a process of its own, which a test may kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SERVER_FLAGS } from '../../packages/executor/src/server/process-flags.ts'
import { type Asked, asked } from './server.ts'

const main = fileURLToPath(new URL('../../packages/executor/src/main.ts', import.meta.url))

export interface ServerProcess {
  url: string
  child: ChildProcess
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Asked>
  deploy(artifact: Uint8Array): Promise<Asked>
  /** Resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<number | null>
}

/** `before`: a command that starts the process, such as `prlimit --fsize=… --`. */
export async function startProcess(
  data: string,
  args: readonly string[] = [],
  before: readonly string[] = [],
): Promise<ServerProcess> {
  const node = [process.execPath, '--conditions=@ap-wasm/source', ...SERVER_FLAGS, main]
  const options = ['--port', '0', '--data', data, '--cells', '1', '--log-level', 'error', ...args]
  const [file = '', ...rest] = [...before, ...node, ...options]
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', (chunk) => (said += chunk))
    child.stdout?.on('data', (chunk) => {
      const address = /listens on (http:\S+)/.exec(String(chunk))?.[1]
      if (address) resolve(address)
    })
    gone.then((code) => reject(new Error(`the server ended with ${code}: ${said}`)))
  })
  return {
    ...{ url, child },
    async ask(method, path, body, headers = {}, signal) {
      const json = body === undefined ? {} : { 'content-type': 'application/json' }
      const init = body === undefined ? {} : { body: JSON.stringify(body) }
      return asked(
        await fetch(url + path, { method, headers: { ...json, ...headers }, signal: signal ?? null, ...init }),
      )
    },
    deploy: async (artifact) =>
      asked(
        await fetch(`${url}/v1/pieces`, {
          method: 'POST',
          headers: { 'content-type': 'application/wasm' },
          body: artifact as BodyInit,
        }),
      ),
    kill(signal) {
      child.kill(signal)
      return gone
    },
  }
}
