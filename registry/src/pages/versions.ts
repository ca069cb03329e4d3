/** @module pages/versions: all of them, the withdrawn ones too. */
import { html } from '@ap-wasm/executor/forms'
import { diffHref, pieceHref } from '../hrefs.ts'
import type { FoundPiece } from '../piece.ts'
import type { Page } from './layout.ts'
import { bytes, languageName, many, time } from './parts.ts'
import { pieceHead } from './piece.ts'

const SHOWN = 200

export function versionsPage(piece: FoundPiece): Page {
  const { name, versions, card } = piece
  const current = versions.find((one) => one.version === card.version) ?? versions[0]!
  const shown = versions.slice(0, SHOWN)
  const options = (chosen: string | undefined) =>
    shown.map(({ version }) => html`<option${version === chosen ? html` selected` : ''}>${version}</option>`)
  return {
    title: `Versions of ${card.displayName} (${name})`,
    body: html`${pieceHead(piece, current, 'versions')}
<div class="stack">${
      versions.length > 1
        ? html`<form class="card row" action="/pieces/${name}/diff"><h2>Compare</h2><label class="check">from <select name="from">${options(versions[1]?.version)}</select></label><label class="check">to <select name="to">${options(versions[0]?.version)}</select></label><button class="quiet">Show what changed</button></form>`
        : ''
    }
<div class="scroll" tabindex="0" role="region" aria-label="Versions"><table><thead><tr><th scope="col">Version</th><th scope="col">Published</th><th scope="col">By</th><th scope="col">Size</th><th scope="col">Language</th><th scope="col">Score</th><th scope="col">Pulls</th><th scope="col">Digest</th></tr></thead>
<tbody>${shown.map((one, i) => {
      const before = versions[i + 1]
      const state = one.hiddenReason
        ? html`<span class="chip wide">hidden: ${one.hiddenReason}</span>`
        : one.yanked
          ? html`<span class="chip">withdrawn: ${one.yanked.reason}</span>`
          : before
            ? html`<a class="small" href="${diffHref(name, before.version, one.version)}">changes</a>`
            : ''
      return html`<tr${one.yanked || one.hiddenReason ? html` class="gone"` : ''}><td><a class="mono" href="${pieceHref(name, one.version)}">${one.version}</a> ${state}</td><td>${time(one.publishedAt)}</td><td>${one.publishedBy}${one.signedBy ? html` <span class="chip calm">signed</span>` : ''}</td><td class="nums">${bytes(one.bytes)}</td><td>${languageName(one.language)}<span class="soft small"> ${one.sdk}</span></td><td class="nums">${one.score}</td><td class="nums">${one.downloads}</td><td><code title="${one.digest}">${one.digest.slice(7, 19)}</code></td></tr>`
    })}</tbody></table></div>
${versions.length > SHOWN ? html`<p class="soft">The newest ${SHOWN} of ${many(versions.length, 'version')}; the API lists all.</p>` : ''}</div>`,
  }
}
