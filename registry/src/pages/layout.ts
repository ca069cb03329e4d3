/** @module pages/layout: what every page has around it, and how it is sent. */
import { type Html, html } from '@ap-wasm/executor/forms'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { docsHref, feedHref, searchHref } from '../hrefs.ts'
import { STYLE_HREF } from './style.ts'

export interface Page {
  title: string
  /** For search engines and previews. */
  description?: string
  body: Html
  /** Of the page in the header: `search`, `docs`, `account`. */
  place?: 'search' | 'docs' | 'account'
  /** What stands in the search box of the header; false: the page has a box of its own. */
  q?: string | false
  /** Further things in the head. */
  head?: Html
  /** Shows what only its visitor may see: nobody keeps a copy. */
  isPrivate?: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    siteTitle: string
  }
}

const LOGO = html`<svg viewBox="0 0 32 32" fill="none" aria-hidden="true"><path d="M16 2.5 27.7 9.2v13.6L16 29.5 4.3 22.8V9.2Z" stroke="currentColor" stroke-width="2.4" stroke-linejoin="round"/><path d="M10 13.2v5.6l6 3.5 6-3.5v-5.6" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/><circle cx="16" cy="12" r="2.7" fill="currentColor"/></svg>`

export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none"><path d="M16 2.5 27.7 9.2v13.6L16 29.5 4.3 22.8V9.2Z" stroke="#5b66d6" stroke-width="2.4" stroke-linejoin="round"/><path d="M10 13.2v5.6l6 3.5 6-3.5v-5.6" stroke="#5b66d6" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/><circle cx="16" cy="12" r="2.7" fill="#5b66d6"/></svg>`

const current = (is: boolean): Html => (is ? html` aria-current="page"` : html``)

export function layout(page: Page, siteTitle: string, account: string | undefined): string {
  const { title, description, place, q, head } = page
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title === siteTitle ? title : `${title} · ${siteTitle}`}</title>${description ? html`<meta name="description" content="${description}">` : ''}
<meta name="theme-color" content="#faf9f6" media="(prefers-color-scheme: light)"><meta name="theme-color" content="#101215" media="(prefers-color-scheme: dark)">
<link rel="icon" href="/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="${STYLE_HREF}"><link rel="alternate" type="application/atom+xml" href="${feedHref()}" title="New versions">${head}</head>
<body><a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="wrap"><a class="brand" href="/">${LOGO}<span>${siteTitle}</span></a>
${q === false ? '' : html`<form action="/search" role="search"><input type="search" name="q" value="${q}" placeholder="Search pieces" aria-label="Search pieces" maxlength="200"></form>`}
<nav aria-label="Site"><a href="${searchHref({})}"${current(place === 'search')}>Browse</a><a href="${docsHref()}"${current(place === 'docs')}>Docs</a>${
    account === undefined
      ? html`<a href="/sign-in"${current(place === 'account')}>Sign in</a>`
      : html`<a href="/account"${current(place === 'account')}>${account}</a>`
  }</nav></div></header>
<main id="main" class="wrap" tabindex="-1">${page.body}</main>
<footer class="end"><div class="wrap"><span>Pieces that say what they may touch</span><a href="${docsHref()}">Docs</a><a href="/openapi.json">API</a><a href="${feedHref()}">Feed</a><a href="${docsHref('privacy')}">Privacy</a></div></footer>
</body></html>`.text
}

export function sendPage(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  const account = request.caller?.account.name
  // What is shown to nobody in particular may be kept, and is asked about each time; its tag answers.
  if (!reply.hasHeader('cache-control'))
    reply.header('cache-control', page.isPrivate || account !== undefined ? 'private, no-store' : 'no-cache')
  return reply
    .header('vary', 'cookie, accept')
    .type('text/html; charset=utf-8')
    .send(layout(page, request.server.siteTitle, account))
}
