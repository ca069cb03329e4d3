/** @module pages/docs: what a visitor, an author and a machine need to know of this registry. */
import { type Html, html } from '@ap-wasm/executor/forms'
import { docsHref } from '../hrefs.ts'
import type { Page } from './layout.ts'
import { commandLine } from './parts.ts'

export interface DocsPage {
  slug: string
  title: string
  summary: string
  body: (origin: string, host: string) => Html
}

export const PAGES: readonly DocsPage[] = [
  {
    slug: 'installing',
    title: 'Find and install',
    summary: 'Search, read the permissions, try it, install it.',
    body: (
      origin,
    ) => html`<p>Search takes words; each must be found. The list at the side narrows it: by language, category, by what a piece may do, and by the host that it asks for. Every search is an address that can be kept.</p>
<h2>Read what it may do</h2><p>A piece begins with nothing. What it asks for stands on its page in plain words: hosts that it sends requests to, variables that it reads, state that it keeps, files. <strong>Any public host</strong> is shown in red. Your executor grants no more than you consent to, and asks again when a new version asks for more.</p>
<h2>Install</h2>${commandLine(`ap-wasm add @scope/name --registry ${origin}`)}<p>It fetches the piece, checks its digest, shows what it asks, asks you, and installs it in your executor (<code>--to</code>). With <code>@^1.2</code> behind the name a range is taken; with <code>--min-age 3d</code> what is younger than three days is passed over, so that others meet a bad release first.</p>
<h2>A withdrawn version</h2><p>Ranges and <code>latest</code> pass over it. Whoever pinned it by its exact version or digest still gets it, and its page says why it was withdrawn.</p>`,
  },
  {
    slug: 'publishing',
    title: 'Publish',
    summary: 'One command, signed; a version never changes.',
    body: (
      origin,
    ) => html`<p>In the folder of your piece:</p>${commandLine(`ap-wasm login --registry ${origin}`)}${commandLine('ap-wasm publish --dry-run')}${commandLine('ap-wasm publish')}
<p>The registry parses the artifact in a process of its own, runs <code>describe</code> with nothing granted, and compares its answer with the manifest. If anything is wrong, it names all reasons at once and keeps nothing.</p>
<h2>Names</h2><p>With your account comes the scope <code>@account</code>. A bare name belongs to whoever publishes it first. A name that reads like one that is taken (<code>feed5</code> beside <code>feeds</code>) is refused.</p>
<h2>Versions</h2><p>A version never changes. Publishing the same bytes again is no error and changes nothing; other bytes under the same version are refused. Something wrong with a release? ${html`<code>ap-wasm yank name@1.2.3 --reason "…"</code>`} withdraws it.</p>
<h2>Signature and provenance</h2><p><code>login</code> makes an Ed25519 key on your machine and registers its public half. <code>publish</code> signs name, version and digest (DSSE), and, from a git clone whose work is committed, states the commit it was built from (in-toto). Both stand on the page and in the API.</p>
<h2>Tokens for CI</h2><p>On your account page: for one piece, one scope or all you own, for a week to a year. Put it into <code>AP_WASM_REGISTRY_TOKEN</code>. A token may be made to publish less in a day than others; what it has used is on that page, and in <code>/api/v1/me</code>.</p>`,
  },
  {
    slug: 'machines',
    title: 'For machines',
    summary: 'JSON API, OCI, digests, feeds.',
    body: (
      origin,
      host,
    ) => html`<p>The API is described in <a href="/openapi.json">OpenAPI</a>. Errors are problems (RFC 9457) with a stable <code>code</code>, whose fault it is, and what to do.</p>
${commandLine(`curl -s '${origin}/api/v1/pieces?q=feed&capability=http'`)}${commandLine(`curl -sLO '${origin}/api/v1/pieces/@scope/name/latest/artifact'`)}
<h2>What can be kept</h2><p>An exact version and a digest are immutable: cached for a year, with <code>Content-Digest</code>, an <code>ETag</code> and ranges of bytes. A range such as <code>^1.2</code>, and <code>latest</code>, redirect to the exact version and hold for a minute. <code>?minAge=3d</code> passes over what is younger.</p>
<h2>OCI</h2><p>Every version is an OCI image with one layer <code>application/wasm</code>: <code>@scope/name</code> is <code>${host}/scope/name:1.2.3</code>, a bare name is <code>${host}/piece/name:1.2.3</code>.</p>
${commandLine(`wkg get --registry ${host} scope:name@1.2.3`)}${commandLine(`wkg oci pull ${host}/scope/name:1.2.3 -o name.wasm`)}${commandLine(`crane manifest ${host}/scope/name:1.2.3`)}
<h2>Feeds and badges</h2><p><a href="/feed.atom">All new versions</a> as Atom; of one piece under <code>/pieces/@scope/name/feed.atom</code>. A badge with version and score: <code>/badge/@scope/name.svg</code>.</p>`,
  },
  {
    slug: 'score',
    title: 'The score',
    summary: 'What is counted, and how to get the points.',
    body: () => html`<p>The score says how much care is visible in the artifact itself: nobody votes, and popularity does not count. Each page names every point that is missing, with what to do about it.</p>
<ul><li>Does a README explain it, with an example? (20)</li><li>Are actions, triggers and properties described? (20)</li><li>Does it say what comes out: a schema or a sample? (10)</li><li>Can each action be tried with a recorded case? (10)</li><li>Does it name the hosts that it asks for, instead of any? (10)</li><li>Licence, source, category or tag, icon, size (20)</li><li>Is it signed, and does its signer say from which commit it was built? (10)</li></ul><p>A high score does not say that a piece does no harm. What it may do is bounded by what you grant.</p>`,
  },
  {
    slug: 'privacy',
    title: 'Privacy and reports',
    summary: 'What is kept about whom; what moderators do.',
    body: () => html`<h2>About visitors</h2><p>Nothing. Pulls are counted by version and day, and trying a piece here is none; no address is written anywhere. Rates are limited by address in memory, for a minute. There is one cookie, and only once you sign in. Pictures of strangers are not loaded.</p>
<h2>About accounts</h2><p>A name, a hash of the password, the public halves of keys and passkeys, and what was published when. No mail address.</p>
<h2>In the playground</h2><p>The piece runs in your browser, on an origin of its own that has no cookie and no network. What you type stays there.</p>
<h2>Reports</h2><p>Every page of a piece has a link to report it. A moderator may hide a piece or a version; the reason is shown to everybody who asks for it, and what moderators do is written into a log.</p>`,
  },
]

export const docsIndex = (): Page => ({
  title: 'Docs',
  place: 'docs',
  body: html`<h1>Docs</h1><br><ul class="bare grid">${PAGES.map(({ slug, title, summary }) => html`<li class="tile"><div><h2><a href="${docsHref(slug)}">${title}</a></h2><p class="soft">${summary}</p></div></li>`)}</ul>`,
})

export function docsPage({ slug, title, summary, body }: DocsPage, publicUrl: string): Page {
  const { origin, host } = new URL(publicUrl)
  return {
    title,
    description: summary,
    place: 'docs',
    body: html`<div class="split"><nav class="facets" aria-label="Docs"><ul class="bare">${PAGES.map((one) => html`<li><a href="${docsHref(one.slug)}"${one.slug === slug ? html` aria-current="page"` : ''}>${one.title}</a></li>`)}</ul></nav>
<article class="prose narrow"><h1>${title}</h1>${body(origin, host)}</article></div>`,
  }
}
