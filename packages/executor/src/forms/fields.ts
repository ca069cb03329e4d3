/** @module forms/fields: a control for each property of a description. `data-type` tells the page's script how to read it. */
import type { Description } from '../description.ts'
import { type Html, html } from './html.ts'

type Props = Description['actions'][string]['props']
type Property = Props[string]
type Auth = NonNullable<Description['auth']>[number]

interface Option {
  label: string
  value: unknown
}

interface Place {
  /** Unique on the page: `action-choose:props.region`. */
  id: string
  /** `props.region`: where the value goes in the input. */
  name: string
  /** What `resolve` is asked for it. */
  path: string
}

const json = (value: unknown): string => JSON.stringify(value)
const pretty = (value: unknown): string => JSON.stringify(value, null, 2)
const text = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : pretty(value))

export const optionList = (options: readonly Option[], chosen: unknown): Html[] =>
  options.map(
    ({ label, value }) =>
      html`<option value="${json(value)}"${json(value) === json(chosen) ? html` selected` : ''}>${label}</option>`,
  )

type Control = (property: Property, place: Place) => Html
const input =
  (type: string, more: Html = html``): Control =>
  ({ required, defaultValue, type: of }, { id, name }) =>
    html`<input type="${type}" id="${id}" name="${name}" data-type="${of}" value="${text(defaultValue)}"${required ? html` required` : ''}${more}>`
const area =
  (rows: number, hint = ''): Control =>
  ({ required, defaultValue, type }, { id, name }) =>
    html`<textarea id="${id}" name="${name}" data-type="${type}" rows="${rows}" placeholder="${hint}"${required ? html` required` : ''} spellcheck="false">${text(defaultValue)}</textarea>`

const none = (required: boolean): Html => (required ? html`` : html`<option value="">none</option>`)

const fixedChoice =
  (multiple: boolean): Control =>
  (property, { id, name }) => {
    const { options } = (property as { options?: { options: Option[] } }).options ?? { options: [] }
    return html`<select id="${id}" name="${name}" data-type="${property.type}"${multiple ? html` multiple size="4"` : ''}>${multiple ? '' : none(property.required)}${optionList(options, property.defaultValue)}</select>`
  }

/** Its options are the piece's answer to `resolve`. */
const askedChoice =
  (multiple: boolean): Control =>
  ({ type, required }, { id, name, path }) =>
    html`<span class="asked"><select id="${id}" name="${name}" data-type="${type}"${multiple ? html` multiple size="4"` : ''}>${multiple ? '' : none(required)}</select>
<button type="button" class="quiet" data-options="${path}" data-for="${id}">Load options</button></span>`

const CONTROLS: Readonly<Record<Property['type'], Control>> = {
  SHORT_TEXT: input('text'),
  LONG_TEXT: area(4),
  RICH_TEXT: area(4),
  MARKDOWN: ({ description }) => html`<p class="hint">${description}</p>`,
  NUMBER: input('text', html` inputmode="decimal"`),
  CHECKBOX: ({ defaultValue }, { id, name }) =>
    html`<input type="checkbox" id="${id}" name="${name}" data-type="CHECKBOX"${defaultValue === true ? html` checked` : ''}>`,
  DATE_TIME: input('text', html` placeholder="2026-01-31T12:00:00Z"`),
  DATE_RANGE: area(2, '{ "preset": "last_7_days" }'),
  COLOR: input('text', html` placeholder="#3366ff"`),
  FILE: ({ required }, { id, name }) =>
    html`<input type="file" id="${id}" name="${name}" data-type="FILE"${required ? html` required` : ''}>`,
  JSON: area(4, '{ "any": "JSON" }'),
  OBJECT: area(3, '{ "name": "value" }'),
  ARRAY: area(3, '["…"]'),
  STATIC_DROPDOWN: fixedChoice(false),
  STATIC_MULTI_SELECT_DROPDOWN: fixedChoice(true),
  DROPDOWN: askedChoice(false),
  MULTI_SELECT_DROPDOWN: askedChoice(true),
  DYNAMIC: (_, { id, path }) =>
    html`<div class="dynamic" id="${id}"><button type="button" class="quiet" data-fields="${path}" data-for="${id}">Load fields</button></div>`,
  SECRET_TEXT: input('password', html` autocomplete="off"`),
} as Readonly<Record<Property['type'], Control>>

/** Of properties that go below `name` in the input of a form; `path` is what `resolve` calls them. */
export function fields(props: Props, form: string, name: string, path: string): Html[] {
  return Object.entries(props).map(([key, property]) => {
    const place = { id: `${form}:${name}.${key}`, name: `${name}.${key}`, path: `${path}/${key}` }
    const { displayName, description, required, type } = property
    if (type === 'MARKDOWN') return CONTROLS.MARKDOWN(property, place)
    return html`<div class="field"><label for="${place.id}">${displayName}${required ? html`<span class="must" aria-hidden="true"> *</span>` : ''} <code>${key}</code></label>
${CONTROLS[type](property, place)}
${description ? html`<p class="hint">${description}</p>` : ''}</div>`
  })
}

/** What each type of connection holds beside its own form. */
const AUTH_FIELDS: Readonly<Record<Auth['type'], (auth: Auth) => readonly (readonly [key: string, label: string])[]>> =
  {
    SECRET_TEXT: ({ displayName }) => [['secret_text', displayName ?? 'Secret']],
    BASIC_AUTH: () => [
      ['username', 'User name'],
      ['password', 'Password'],
    ],
    CUSTOM_AUTH: () => [],
    OAUTH2: () => [['access_token', 'Access token']],
    OIDC: () => [['access_token', 'Access token']],
  }

function authFields(auth: Auth): Html[] {
  return AUTH_FIELDS[auth.type](auth).map(([key, label]) => {
    const id = `${auth.type}:auth.${key}`
    const type = key === 'username' ? 'text' : 'password'
    return html`<div class="field"><label for="${id}">${label}</label><input type="${type}" id="${id}" name="auth.${key}" data-type="SHORT_TEXT" autocomplete="off"></div>`
  })
}

/** One connection for all forms of the page. */
export function connection(auths: readonly Auth[]): Html {
  if (auths.length === 0) return html``
  return html`<form id="connection" class="card"><h2>Connection</h2>
${auths.map(
  (auth, i) => html`<fieldset data-auth="${auth.type}">
<label class="kind"><input type="radio" name="kind" value="${auth.type}"${i === 0 ? html` checked` : ''}> ${auth.displayName ?? auth.type} <code>${auth.type}</code></label>
${auth.description ? html`<p class="hint">${auth.description}</p>` : ''}
<div class="inner">${authFields(auth)}${'props' in auth && auth.props ? fields(auth.props as Props, auth.type, 'auth.props', 'auth') : ''}</div></fieldset>`,
)}
<p><button type="button" class="quiet" data-check="auth/validate">Check the connection</button> <span id="checked" role="status"></span></p></form>`
}
