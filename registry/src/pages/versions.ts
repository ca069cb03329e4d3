/** @module pages/versions: all of them, the withdrawn ones too. */
import { html } from '@ap-wasm/executor/forms'
import { diffHref, pieceHref } from '../hrefs.ts'
import type { FoundPiece } from '../piece.ts'
import type { Page } from './layout.ts'
import { bytes, dataTable, languageName, many, time } from './parts.ts'
import { pieceHead } from './piece.ts'

const SHOWN = 200
const COLUMNS = ['Version', 'Published', 'By', 'Size', 'Language', 'Score', 'Pulls', 'Digest']

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
${dataTable(
  'Versions',
  COLUMNS,
  shown.map((one, i) => {
    const before = versions[i + 1]
    const state = one.hiddenReason
      ? html`<span class="chip wide">hidden: ${one.hiddenReason}</span>`
      : one.yanked
        ? html`<span class="chip">withdrawn: ${one.yanked.reason}</span>`
        : before
          ? html`<a class="small" href="${diffHref(name, before.version, one.version)}">changes</a>`
          : ''
    const cells = [
      html`<a class="mono" href="${pieceHref(name, one.version)}">${one.version}</a> ${state}`,
      time(one.publishedAt),
      html`${one.publishedBy}${one.signedBy ? html` <span class="chip calm">signed</span>` : ''}`,
      html`<span class="nums">${bytes(one.bytes)}</span>`,
      html`${languageName(one.language)}<span class="soft small"> ${one.sdk}</span>`,
      html`<span class="nums">${one.score}</span>`,
      html`<span class="nums">${one.downloads}</span>`,
      html`<code title="${one.digest}">${one.digest.slice(7, 19)}</code>`,
    ]
    return { cells, isGone: one.yanked !== undefined || one.hiddenReason !== undefined }
  }),
)}
${versions.length > SHOWN ? html`<p class="soft">The newest ${SHOWN} of ${many(versions.length, 'version')}; the API lists all.</p>` : ''}</div>`,
  }
}
