/**
 * @module readme: a stranger's Markdown as HTML that may stand in our pages. It is rendered once, at publication, in a thread
 * that is ended if it takes too long; then the text stands there as it is.
 */
import { Worker } from 'node:worker_threads'
import { RegistryError } from './errors.ts'

const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './readme-thread.ts' : './readme-thread.js', import.meta.url)
/** From when the thread is ready: an ordinary README takes milliseconds of it. */
const RENDER_MS = 3_000
const START_MS = 60_000
const HTML_CHARS = 1024 * 1024
const HEAP_MB = 128

const plain = (text: string): string => {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
  return `<pre>${text.replace(/[&<>]/g, (one) => entities[one]!)}</pre>`
}

/**
 * `base`: where relative links lead; without one they are text. What takes too long or too much is shown as it is; a thread
 * that never began to render is no fault of the README, and rejects.
 */
export function renderReadme(markdown: string, base: string | undefined): Promise<string> {
  if (markdown.trim() === '') return Promise.resolve('')
  return new Promise((resolve, reject) => {
    const thread = new Worker(ENTRY, {
      workerData: { markdown, base },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      env: {},
    })
    let isReady = false
    const end = (html: string): void => {
      clearTimeout(late)
      resolve(html.length > HTML_CHARS ? plain(markdown) : html)
      void thread.terminate()
    }
    const fail = (why: string): void => {
      if (!isReady) reject(new RegistryError('AR_JUDGE_FAILED', { detail: `the README was not rendered: ${why}` }))
      end(plain(markdown))
    }
    let late = setTimeout(() => fail(`its thread did not begin within ${START_MS} ms`), START_MS)
    thread.on('message', (said: { html?: string }) => {
      if (said.html !== undefined) end(said.html)
      else {
        isReady = true
        clearTimeout(late)
        late = setTimeout(() => end(plain(markdown)), RENDER_MS)
      }
    })
    thread.once('error', ({ message }) => fail(message))
    thread.once('exit', (code) => fail(`its thread ended with ${code}`))
  })
}
