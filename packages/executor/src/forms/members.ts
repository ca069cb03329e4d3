/** @module forms/members: what can be called of a piece, as forms and as the list that leads to them; one form is shown at a time. */
import { TRIGGER_HOOKS } from '../call.ts'
import type { Description } from '../description.ts'
import { fields } from './fields.ts'
import { type Html, html } from './html.ts'

type Action = Description['actions'][string]
type Member = Pick<Action, 'displayName' | 'description' | 'props'>

const memberId = (kind: string, name: string): string => `${kind}-${name}`

const HOOKS_WITH_PAYLOAD: ReadonlySet<string> = new Set(['WEBHOOK', 'APP_WEBHOOK'])

function form(kind: 'action' | 'trigger', name: string, member: Member, more: Html): Html {
  return html`<section id="${memberId(kind, name)}" class="member" hidden><form class="card call" data-kind="${kind}" data-name="${name}">
<h2>${member.displayName}</h2>${member.description ? html`<p class="hint">${member.description}</p>` : ''}
${fields(member.props, memberId(kind, name), 'props', `${kind}s/${name}/props`)}${more}
<button type="submit">Run</button></form></section>`
}

function triggerFields(name: string, type: string): Html {
  const id = memberId('trigger', name)
  const payload = HOOKS_WITH_PAYLOAD.has(type)
    ? html`<div class="field"><label for="${id}:payload">Payload <code>run, handshake</code></label><textarea id="${id}:payload" name="payload" data-type="JSON" rows="4" placeholder='{ "body": {}, "headers": {}, "queryParams": {} }'></textarea></div>`
    : ''
  return html`<div class="field"><label for="${id}:hook">Hook</label><select id="${id}:hook" name="hook" data-type="TEXT">${['test', ...TRIGGER_HOOKS.filter((hook) => hook !== 'test')].map((hook) => html`<option>${hook}</option>`)}</select></div>${payload}`
}

const links = (kind: string, members: Readonly<Record<string, { displayName: string }>>): Html[] =>
  Object.entries(members).map(([name, { displayName }]) => html`<a href="#${memberId(kind, name)}">${displayName}</a>`)

/** Leads to the form of each action and trigger. */
export const memberLinks = ({ actions, triggers }: Description): Html =>
  html`<nav aria-label="Actions and triggers">
${Object.keys(actions).length > 0 ? html`<h2>Actions</h2>${links('action', actions)}` : ''}
${Object.keys(triggers).length > 0 ? html`<h2>Triggers</h2>${links('trigger', triggers)}` : ''}</nav>`

export const memberForms = ({ actions, triggers }: Description): Html[] => [
  ...Object.entries(actions).map(([name, action]) => form('action', name, action, html``)),
  ...Object.entries(triggers).map(([name, one]) => form('trigger', name, one, triggerFields(name, one.type))),
]
