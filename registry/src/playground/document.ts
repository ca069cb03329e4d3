/**
 * @module playground/document: the frame's document and its policy. It is one file that needs nothing more: no address has to be
 * named in its policy, and none is, but the visitor's own executor's where he named one.
 */
import { createHash } from 'node:crypto'
import { Html, html } from '@ap-wasm/executor/forms'
import type { Scripts } from './bundle.ts'
import { STYLE } from './style.ts'

export interface FrameDocument {
  body: string
  headers: Readonly<Record<string, string>>
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Inside of an element whose end tag alone would end it. */
const inert = (text: string): string => text.replaceAll('</script', '<\\/script')

/** An origin as a policy may name it; undefined where the text is none. http is for this machine alone. */
export function executorOrigin(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || url.origin !== text) return undefined
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal) ? url.origin : undefined
}

/**
 * `pages`: the origin whose pages may hold the frame. Without `executor` it runs components and reaches nothing; with it, it
 * reaches that origin alone, and can make neither a worker nor WebAssembly.
 */
export function frameDocument(
  scripts: Scripts,
  { pages, executor }: { pages: string; executor?: string },
): FrameDocument {
  const script = inert(scripts.frame)
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}${executor === undefined ? " 'wasm-unsafe-eval'" : ''}`,
    `style-src ${hashOf(STYLE)}`,
    executor === undefined ? 'worker-src blob:' : "worker-src 'none'",
    `connect-src ${executor ?? "'none'"}`,
    "form-action 'none'",
    "base-uri 'none'",
    `frame-ancestors ${pages}`,
    `sandbox allow-scripts${executor === undefined ? ' allow-downloads' : ' allow-same-origin'}`,
  ].join('; ')
  const worker =
    executor === undefined
      ? html`<script type="text/plain" id="worker">${new Html(inert(scripts.worker))}</script>`
      : ''
  return {
    body: html`<!doctype html>
<html lang="en"${executor === undefined ? '' : html` data-executor="${executor}"`}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Playground</title><style>${new Html(STYLE)}</style>${worker}</head>
<body><p>The piece is on its way.</p><script>${new Html(script)}</script></body></html>`.text,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'cross-origin',
      'permissions-policy':
        'camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=(), display-capture=()',
    },
  }
}
