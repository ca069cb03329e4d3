/** The thread of `tools.ts`: one job, one answer. */
import { parentPort } from 'node:worker_threads'
import { componentWit, parse } from '@bytecodealliance/jco-transpile/wasm-tools'

parentPort!.on('message', async ({ tool, input }) => {
  try {
    parentPort!.postMessage({ output: await (tool === 'parse' ? parse(input) : componentWit(input)) })
  } catch (error) {
    // A refusal is an error of jco's; a panic is `unreachable`.
    parentPort!.postMessage({ refusal: String(error), panicked: error instanceof WebAssembly.RuntimeError })
  }
})
