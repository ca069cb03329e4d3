/** @module pages/report: what visitors tell the moderators, and what those see of it. */
import { html } from '@ap-wasm/executor/forms'
import { type AuditEntry, REPORT_REASONS } from '../catalog/moderation.ts'
import type { Reports } from '../catalog/schema.ts'
import { pieceHref, reportHref } from '../hrefs.ts'
import type { Page } from './layout.ts'
import { dataTable, time } from './parts.ts'

const WORDS: Readonly<Record<(typeof REPORT_REASONS)[number], string>> = {
  malware: 'It does harm',
  impersonation: 'It pretends to be somebody’s',
  licence: 'It breaks a licence',
  abuse: 'Its words or pictures are abusive',
  other: 'Something else',
}

export const reportPage = (name: string, state: { sent?: boolean; said?: string } = {}): Page => ({
  title: `Report ${name}`,
  body: html`<div class="plain"><h1>Report <a href="${pieceHref(name)}">${name}</a></h1>${
    state.sent
      ? html`<div class="note good" role="status"><strong>Thank you.</strong> A moderator will read it.</div>`
      : html`${state.said ? html`<div class="note bad" role="alert">${state.said}</div><br>` : ''}<form method="post" action="${reportHref(name)}" class="card"><div class="field"><label for="reason">What is wrong</label><select id="reason" name="reason">${REPORT_REASONS.map((reason) => html`<option value="${reason}">${WORDS[reason]}</option>`)}</select></div>
<div class="field"><label for="detail">What you saw</label><textarea id="detail" name="detail" rows="6" required maxlength="4000"></textarea></div><button>Send</button></form><br><p class="soft">Nobody asks who you are.</p>`
  }</div>`,
})

export const moderationPage = (reports: readonly Reports[], entries: readonly AuditEntry[]): Page => ({
  title: 'Moderation',
  place: 'account',
  isPrivate: true,
  body: html`<h1>Moderation</h1><div class="stack"><h2 class="head">Open reports (${reports.length})</h2>${
    reports.length === 0 ? html`<p class="soft">There is none.</p>` : ''
  }${reports.map(
    (one) =>
      html`<section class="card close"><h3><a href="${pieceHref(one.piece)}">${one.piece}</a> ${one.version ?? ''}: ${one.reason}</h3><p class="soft small">${time(one.created_at)}</p><p class="break">${one.detail}</p>
<form method="post" action="/moderation" class="stack"><input type="hidden" name="id" value="${one.id}"><input type="hidden" name="piece" value="${one.piece}"><div class="field"><label for="outcome-${one.id}">Reason, or what was found</label><input id="outcome-${one.id}" name="outcome" required minlength="3" maxlength="500"></div><div class="row"><button name="answer" value="hide" class="danger">Hide the piece</button><button name="answer" value="close" class="quiet">Close the report</button></div></form></section>`,
  )}
<h2 class="head">What was done</h2>${dataTable(
    'What was done',
    ['When', 'Who', 'What', 'To', 'Why'],
    entries.map((one) => ({
      cells: [time(one.at), one.account, one.action, one.subject, html`<span class="fit break">${one.detail}</span>`],
    })),
  )}</div>`,
})
