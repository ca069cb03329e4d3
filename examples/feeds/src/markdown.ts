/** @module markdown: a tree of HTML as Markdown, in the dialect of GitHub as far as tables and strikethrough. */
import Turndown from 'turndown'
import { absolute } from './html.ts'

export interface MarkdownOptions {
  /** What relative addresses stand on. */
  base: string
  images: boolean
}

/** Addresses that mean nothing outside the page. */
const isLocal = (address: string): boolean => address === '' || /^(?:#|javascript:|data:|blob:)/i.test(address)

/** `src` or where lazy loading hides it; else the largest of a `srcset`. */
function imageAddress(image: HTMLElement): string {
  const candidates = (image.getAttribute('srcset') ?? image.getAttribute('data-srcset') ?? '')
    .split(/,\s+/)
    .map((one) => one.trim().split(/\s+/))
    .filter(([address]) => address !== undefined && !isLocal(address))
    .map(([address = '', size = '1x']) => ({ address, size: Number.parseFloat(size) || 1 }))
    .sort((a, b) => b.size - a.size)
  const plain = ['src', 'data-src', 'data-original'].map((name) => image.getAttribute(name) ?? '')
  return plain.find((address) => !isLocal(address)) ?? candidates[0]?.address ?? ''
}

const escaped = (address: string): string =>
  address.replace(/[()\s<>]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
const titleOf = (node: HTMLElement): string => {
  const title = (node.getAttribute('title') ?? '').replace(/\s+/g, ' ').trim()
  return title === '' ? '' : ` "${title.replaceAll('"', '\\"')}"`
}

const rowsOf = (table: HTMLElement): HTMLElement[] =>
  [...table.querySelectorAll<HTMLElement>('tr')].filter((row) => row.closest('table') === table)
const cellsOf = (row: HTMLElement): HTMLElement[] =>
  [...row.children].filter((cell) => /^t[dh]$/i.test(cell.nodeName)) as HTMLElement[]

/** Tables that only place things: one column, or blocks within their cells. */
const isLayout = (table: HTMLElement): boolean =>
  rowsOf(table).every((row) => cellsOf(row).length < 2) ||
  table.querySelector('table, ul, ol, pre, h1, h2, h3') !== null

const inLayout = (cell: HTMLElement): boolean => {
  const table = cell.closest('table')
  return table === null || isLayout(table as HTMLElement)
}

function tableMarkdown(table: HTMLElement, content: string): string {
  const lines = content.split('\n').filter((line) => line.startsWith('|'))
  const columns = Math.max(...rowsOf(table).map((row) => cellsOf(row).length))
  const padded = lines.map((line, i) => {
    const missing = columns - cellsOf(rowsOf(table)[i] as HTMLElement).length
    return line + '  |'.repeat(Math.max(0, missing))
  })
  const hasHead = table.querySelector('th') !== null
  const head = hasHead ? padded.shift() : `|${'  |'.repeat(columns)}`
  const caption = table.querySelector('caption')?.textContent?.trim()
  return `\n\n${caption ? `${caption}\n\n` : ''}${head}\n|${' --- |'.repeat(columns)}\n${padded.join('\n')}\n\n`
}

/** The language that a highlighter wrote into a class. */
const languageOf = (code: Element): string =>
  /(?:^|\s)(?:lang|language|highlight-source)-([\w+#.-]+)/.exec(
    `${code.getAttribute('class') ?? ''} ${code.parentElement?.getAttribute('class') ?? ''}`,
  )?.[1] ?? ''

export function markdownOf(root: HTMLElement, { base, images }: MarkdownOptions): string {
  const turndown = new Turndown({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    emDelimiter: '_',
    hr: '---',
  })
  turndown.remove(['script', 'style', 'noscript', 'template', 'button', 'input', 'select', 'textarea'])
  turndown.addRule('link', {
    filter: 'a',
    replacement: (content, node) => {
      const href = node.getAttribute('href') ?? ''
      const text = content.trim()
      if (text === '') return ''
      const address = isLocal(href.trim()) ? undefined : absolute(href, base)
      return address === undefined
        ? content
        : `[${text.replace(/\s*\n\s*/g, ' ')}](${escaped(address)}${titleOf(node)})`
    },
  })
  turndown.addRule('image', {
    filter: 'img',
    replacement: (_, node) => {
      const address = images ? absolute(imageAddress(node), base) : undefined
      const alt = (node.getAttribute('alt') ?? '')
        .replace(/\s+/g, ' ')
        .replace(/([[\]\\])/g, '\\$1')
        .trim()
      return address === undefined ? '' : `![${alt}](${escaped(address)})`
    },
  })
  turndown.addRule('code-block', {
    filter: 'pre',
    replacement: (_, node) => {
      const code = node.querySelector('code') ?? node
      const text = (code.textContent ?? '').replace(/\n$/, '')
      const longest = Math.max(2, ...[...text.matchAll(/^`{3,}/gm)].map(([fence]) => fence.length))
      const fence = '`'.repeat(longest + 1)
      return `\n\n${fence}${languageOf(code)}\n${text}\n${fence}\n\n`
    },
  })
  turndown.addRule('strikethrough', { filter: ['del', 's'], replacement: (content) => `~~${content}~~` })
  turndown.addRule('caption-of-table', { filter: 'caption', replacement: () => '' })
  turndown.addRule('cell', {
    filter: ['th', 'td'],
    replacement: (content, node) =>
      inLayout(node)
        ? `\n\n${content}\n\n`
        : ` ${content
            .trim()
            .replace(/\s*\n\s*/g, ' ')
            .replaceAll('|', '\\|')} |`,
  })
  turndown.addRule('row', {
    filter: 'tr',
    replacement: (content, node) => (inLayout(node) ? content : `|${content.trimEnd()}\n`),
  })
  turndown.addRule('table', {
    filter: 'table',
    replacement: (content, node) => (isLayout(node) ? `\n\n${content}\n\n` : tableMarkdown(node, content)),
  })
  return turndown
    .turndown(root)
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
