/** @module pages/diff: what changed between two versions: permissions first. */
import { type Html, html } from '@ap-wasm/executor/forms'
import type { Changes, Compared } from '../comparison.ts'
import { pieceHref, versionsHref } from '../hrefs.ts'
import type { FoundPiece } from '../piece.ts'
import type { Page } from './layout.ts'
import { bytes, changeList } from './parts.ts'

const SHOWN_CHARS = 400
const json = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}… (${text.length} characters)` : text
}

const lines = (added: readonly string[], removed: readonly string[]): Html =>
  html`<ul class="bare changes break">${added.map((one) => html`<li class="added">${one}</li>`)}${removed.map((one) => html`<li class="removed">${one}</li>`)}</ul>`

export function diffPage(piece: FoundPiece, before: Compared, after: Compared, changes: Changes): Page {
  const { name, card } = piece
  const [from, to] = [before.version.version, after.version.version]
  const gained = changes.permissions.filter(({ sign }) => sign === '+')
  const lost = changes.permissions.filter(({ sign }) => sign === '-')
  const kept = changes.permissions.filter(({ sign }) => sign === ' ')
  const { added, removed } = changes.imports
  const grown = changes.bytes.after - changes.bytes.before
  return {
    title: `${name}: from ${from} to ${to}`,
    body: html`<p class="soft"><a href="${pieceHref(name)}">${card.displayName}</a> / <a href="${versionsHref(name)}">Versions</a></p>
<h1>From <a href="${pieceHref(name, from)}">${from}</a> to <a href="${pieceHref(name, to)}">${to}</a></h1>
<div class="stack" id="changes">
<section class="card close"><h2>What it may do</h2>${
      gained.length > 0
        ? html`<div class="note warn"><strong>It asks for more.</strong> Where ${from} is installed, ${to} waits until somebody consents.</div>`
        : html`<div class="note good"><strong>It asks for nothing new.</strong> What was granted to ${from} is enough for ${to}.</div>`
    }${gained.length + lost.length > 0 ? changeList([...gained, ...lost]) : ''}${kept.length > 0 ? html`<details><summary class="soft">${kept.length} unchanged</summary>${changeList(kept)}</details>` : ''}</section>
<section class="card close"><h2>What it offers</h2>${
      changes.description.length === 0
        ? html`<p class="soft">Actions, triggers and their properties are the same.</p>`
        : html`<dl class="changes">${changes.description.map(
            (one) =>
              html`<div><dt class="break">${one.path.replace(/^piece\.?/, '')}</dt>${'expected' in one ? html`<dd class="removed">${json(one.expected)}</dd>` : ''}${'actual' in one ? html`<dd class="added">${json(one.actual)}</dd>` : ''}</div>`,
          )}</dl>`
    }</section>
${added.length + removed.length > 0 ? html`<section class="card close"><h2>What it imports</h2>${lines(added, removed)}</section>` : ''}
<section class="card close"><h2>Size</h2><p class="nums">${bytes(changes.bytes.before)} → ${bytes(changes.bytes.after)} <span class="soft">(${grown < 0 ? '−' : '+'}${bytes(Math.abs(grown))})</span></p></section></div>`,
  }
}
