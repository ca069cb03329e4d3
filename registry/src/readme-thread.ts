/** @module readme-thread: what runs in the thread of readme.ts: Markdown to HTML, then only what is known to be harmless. */
import { parentPort, workerData } from 'node:worker_threads'
import { Marked } from 'marked'
import sanitize from 'sanitize-html'

const { markdown, base } = workerData as { markdown: string; base: string | undefined }

const TEXT = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'blockquote', 'pre', 'code', 'kbd', 'em', 'strong']
const LISTS = ['del', 'sub', 'sup', 'ul', 'ol', 'li', 'details', 'summary', 'dl', 'dt', 'dd']
const TABLES = ['table', 'thead', 'tbody', 'tr', 'th', 'td']

/** The page has a heading of its own above it. */
const lowered = (tag: string): string => tag.replace(/^h([1-5])$/, (_, level) => `h${Number(level) + 1}`)

/** Absolute, or nothing: a relative link would lead into the registry. */
function absolute(href: string): string | undefined {
  const url = URL.parse(href, base)
  return url && /^(https?|mailto):$/.test(url.protocol) ? url.href : undefined
}

const clean = (html: string): string =>
  sanitize(html, {
    allowedTags: [...TEXT, ...LISTS, ...TABLES, 'a'],
    allowedAttributes: {
      a: ['href', 'rel'],
      th: ['align'],
      td: ['align'],
      ol: ['start'],
      details: ['open'],
      pre: ['tabindex'],
    },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    disallowedTagsMode: 'discard',
    nestingLimit: 40,
    transformTags: {
      ...Object.fromEntries([1, 2, 3, 4, 5].map((level) => [`h${level}`, lowered(`h${level}`)])),
      // What scrolls is reached by the keyboard.
      pre: () => ({ tagName: 'pre', attribs: { tabindex: '0' } }),
      a: (_, { href = '' }) => {
        const to = absolute(href)
        return to === undefined
          ? { tagName: 'span', attribs: {} }
          : { tagName: 'a', attribs: { href: to, rel: 'nofollow ugc noopener' } }
      },
      // A picture of elsewhere would tell its host who reads: its words stay, and lead there.
      img: (_, { src = '', alt = '' }) => {
        const to = absolute(src)
        const text = alt || 'picture'
        return to === undefined
          ? { tagName: 'span', attribs: {}, text }
          : { tagName: 'a', attribs: { href: to, rel: 'nofollow ugc noopener' }, text }
      },
    },
  })

const marked = new Marked({ gfm: true, async: false })
parentPort?.postMessage({ ready: true })
parentPort?.postMessage({ html: clean(marked.parse(markdown) as string) })
