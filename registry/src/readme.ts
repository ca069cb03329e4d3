/**
 * @module readme: a stranger's Markdown as HTML that may stand in our pages. It is rendered once, at publication, in a thread
 * that is ended if it takes too long; then the text stands there as it is.
 */
import { Worker } from 'node:worker_threads'

const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './readme-thread.ts' : './readme-thread.js', import.meta.url)
const RENDER_MS = 3_000
const HTML_CHARS = 1024 * 1024
const HEAP_MB = 128

const plain = (text: string): string => {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
  return `<pre>${text.replace(/[&<>]/g, (one) => entities[one]!)}</pre>`
}

/** `base`: where relative links lead; without one they are text. */
export function renderReadme(markdown: string, base: string | undefined): Promise<string> {
  if (markdown.trim() === '') return Promise.resolve('')
  return new Promise((resolve) => {
    const thread = new Worker(ENTRY, {
      workerData: { markdown, base },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      env: {},
    })
    const end = (html: string): void => {
      clearTimeout(late)
      resolve(html.length > HTML_CHARS ? plain(markdown) : html)
      void thread.terminate()
    }
    const late = setTimeout(() => end(plain(markdown)), RENDER_MS)
    thread.once('message', (html: string) => end(html))
    thread.once('error', () => end(plain(markdown)))
    thread.once('exit', () => end(plain(markdown)))
  })
}
