/** @module pages/members: actions, triggers and connections as whoever builds a flow meets them: as forms, here without effect. */
import type { Description } from '@ap-wasm/executor'
import { connection, fields, type Html, html } from '@ap-wasm/executor/forms'

type Member = Pick<Description['actions'][string], 'displayName' | 'description' | 'props' | 'requireAuth'>

const TRIGGERS: Readonly<Record<string, string>> = {
  POLLING: 'asks now and then',
  WEBHOOK: 'is called',
  APP_WEBHOOK: 'is called by the app',
  MANUAL: 'is started by hand',
}

function member(kind: 'action' | 'trigger', name: string, one: Member, more: string, isOpen: boolean): Html {
  const id = `${kind}-${name}`
  const props = Object.keys(one.props).length
  return html`<details id="${id}"${isOpen ? html` open` : ''}><summary><h3>${one.displayName}</h3><code class="soft-ink">${name}</code>${more ? html`<span class="chip">${more}</span>` : ''}${one.requireAuth ? html`<span class="chip">needs a connection</span>` : ''}${one.description ? html`<span class="soft">${one.description}</span>` : ''}</summary>
<div class="body">${
    props === 0
      ? html`<p class="soft">It takes no properties.</p>`
      : html`<form class="form"><fieldset disabled><legend class="hint">As it is seen in a flow</legend>${fields(one.props, id, 'props', `${kind}s/${name}/props`)}</fieldset></form>`
  }</div></details>`
}

export function members({ actions, triggers, auth = [] }: Description): Html {
  const [doing, starting] = [Object.entries(actions), Object.entries(triggers)]
  const few = doing.length + starting.length === 1
  return html`${doing.length > 0 ? html`<section class="members" aria-labelledby="actions"><h2 id="actions">Actions</h2>${doing.map(([name, one]) => member('action', name, one, '', few))}</section>` : ''}
${starting.length > 0 ? html`<section class="members" aria-labelledby="triggers"><h2 id="triggers">Triggers</h2>${starting.map(([name, one]) => member('trigger', name, one, TRIGGERS[one.type] ?? '', few))}</section>` : ''}
${auth.length > 0 ? html`<section class="members" aria-labelledby="connections"><h2 id="connections">Connection</h2><details><summary><h3>What it signs in with</h3><span class="soft">${auth.map(({ displayName, type }) => displayName ?? type).join(', ')}</span></summary><div class="body"><div class="form"><fieldset disabled><legend class="hint">Asked for once, kept by your platform</legend>${connectionFields(auth)}</fieldset></div></div></details></section>` : ''}`
}

/** The form of the dev page, without its own frame. */
const connectionFields = (auth: NonNullable<Description['auth']>): Html => connection(auth)
