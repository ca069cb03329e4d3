/**
 * @module outside/tools: jco's assembler and validator in a thread of their own. One that panicked refuses whatever it is asked
 * next, so that a script would judge the scripts after it: then there is another.
 */
import { Worker } from 'node:worker_threads'

type Job = { tool: 'parse'; input: string } | { tool: 'componentWit'; input: Uint8Array }
interface Answer {
  output?: string | Uint8Array
  /** In the tool's own words. */
  refusal?: string
  panicked?: boolean
}

let worker: Worker | undefined

async function ask(job: Job): Promise<string | Uint8Array> {
  worker ??= new Worker(new URL('./tools-thread.ts', import.meta.url), { stderr: true })
  const asked = worker
  asked.ref()
  const answer = await new Promise<Answer>((resolve, reject) => {
    const failed = (error: unknown) => reject(error)
    asked.once('error', failed).once('message', (said: Answer) => {
      asked.off('error', failed)
      resolve(said)
    })
    asked.postMessage(job)
  })
  // It waits for the next job, and nobody waits for it.
  asked.unref()
  if (answer.panicked) {
    worker = undefined
    await asked.terminate()
  }
  if (answer.refusal !== undefined) throw new Error(answer.refusal)
  return answer.output!
}

/** One job after the other. */
let last: Promise<unknown> = Promise.resolve()
function inTurn<T>(job: Job): Promise<T> {
  const mine = last.then(() => ask(job)) as Promise<T>
  last = mine.catch(() => undefined)
  return mine
}

/** The binary of a module or component in text format. */
export const binaryOf = (text: string): Promise<Uint8Array> => inTurn({ tool: 'parse', input: text })
/** Rejects what is no valid component. */
export const validate = (bytes: Uint8Array): Promise<string> => inTurn({ tool: 'componentWit', input: bytes })
