/** @module pages/sign-in: an account, its tokens and keys, and the consent to a command line. */
import { type Html, html } from '@ap-wasm/executor/forms'
import type { Account, SigningKeyInfo } from '../catalog/accounts.ts'
import type { PasskeyInfo } from '../catalog/passkeys.ts'
import type { Logins } from '../catalog/schema.ts'
import type { TokenInfo } from '../catalog/tokens.ts'
import { authorHref, docsHref } from '../hrefs.ts'
import { DAY_MS, type QuotaState } from '../quotas.ts'
import type { Page } from './layout.ts'
import { bytes, commandLine, count, dataTable, field, time } from './parts.ts'

const problem = (said: string | undefined): Html =>
  said === undefined ? html`` : html`<div class="note bad" role="alert">${said}</div><br>`

const hiddenNext = (next: string | undefined): Html =>
  next === undefined ? html`` : html`<input type="hidden" name="next" value="${next}">`

export interface FormState {
  name?: string
  next?: string | undefined
  said?: string | undefined
  /** The address of their script, where there can be some. */
  passkeys?: string | undefined
}

const nameField = (name = '', hint = ''): Html =>
  field('Name', 'name', {
    value: name,
    hint,
    more: html` required autocomplete="username" autocapitalize="none" spellcheck="false"`,
  })

const passkeyButton = (script: string | undefined, next: string | undefined): Html =>
  script === undefined
    ? html``
    : html`<div class="card stack passkey" data-passkey="sign-in"${next === undefined ? '' : html` data-next="${next}"`} hidden><button type="button" class="quiet">Sign in with a passkey</button><p class="hint" role="status"></p></div><script type="module" src="${script}"></script>`

export const signInPage = ({ name, next, said, passkeys }: FormState, signUp: boolean): Page => ({
  title: 'Sign in',
  place: 'account',
  isPrivate: true,
  body: html`<div class="plain"><h1>Sign in</h1>${problem(said)}<form method="post" action="/sign-in" class="card">${hiddenNext(next)}${nameField(name)}
${field('Password', 'password', { type: 'password', more: html` required autocomplete="current-password"` })}<button>Sign in</button></form>${passkeyButton(passkeys, next)}
${signUp ? html`<br><p class="soft">No account yet? <a href="/sign-up${next ? `?next=${encodeURIComponent(next)}` : ''}">Make one</a>: it takes a name and a password.</p>` : ''}</div>`,
})

export const signUpPage = ({ name, next, said }: FormState): Page => ({
  title: 'Make an account',
  place: 'account',
  isPrivate: true,
  body: html`<div class="plain"><h1>Make an account</h1>${problem(said)}<form method="post" action="/sign-up" class="card">${hiddenNext(next)}${nameField(name, 'a-z, 0-9 and -. The scope @name is yours with it.')}
${field('Password', 'password', { type: 'password', hint: 'At least 10 characters.', more: html` required minlength="10" autocomplete="new-password"` })}<button>Make it</button></form>
<br><p class="soft">No mail address is asked for, so that none can be lost. Whoever forgets the password asks the operator. <a href="${docsHref('privacy')}">Privacy</a></p></div>`,
})

export interface AccountState {
  account: Account
  names: readonly string[]
  tokens: readonly (TokenInfo & { quotas: readonly QuotaState[] })[]
  /** Of the account. */
  quotas: readonly QuotaState[]
  keys: readonly SigningKeyInfo[]
  passkeys: { held: readonly PasskeyInfo[]; script: string | undefined }
  /** Shown this once. */
  made?: { token: string; label: string }
  said?: string
  registryUrl: string
}

const post = (action: string, id: string, label: string, words: string): Html =>
  html`<form method="post" action="${action}"><input type="hidden" name="id" value="${id}"><button class="danger" aria-label="${label}">${words}</button></form>`

const amount = ({ counts }: QuotaState, n: number): string => (counts === 'bytes' ? bytes(n) : count(n))
const spent = (quotas: readonly QuotaState[]): Html[] =>
  quotas.map(
    (one, i) =>
      html`${i === 0 ? '' : ', '}${amount(one, one.used)} of ${amount(one, one.limit)}${one.counts === 'versions' ? ' versions' : ''}`,
  )

const lastUse = (usedAt: number | undefined): Html | string => (usedAt === undefined ? 'never' : time(usedAt))

const tokenTable = (tokens: AccountState['tokens']): Html =>
  tokens.length === 0
    ? html`<p class="soft">There is none.</p>`
    : dataTable(
        'Tokens',
        ['Name', 'Reaches', 'Ends', 'Used', 'End it'],
        tokens.map((one) => ({
          cells: [
            html`<div class="fit">${one.label}<br><span class="soft small nums">${spent(one.quotas)} in 24 hours</span></div>`,
            html`<code>${one.scope === '*' ? 'all you own' : one.scope}</code>`,
            time(one.expiresAt),
            lastUse(one.usedAt),
            post('/account/tokens/revoke', one.id, `Revoke ${one.label}`, 'Revoke'),
          ],
        })),
      )

const keyTable = (keys: readonly SigningKeyInfo[]): Html =>
  keys.length === 0
    ? html`<p class="soft">There is none: <code>ap-wasm login</code> makes one and registers it.</p>`
    : dataTable(
        'Signing keys',
        ['Key', 'Machine', 'Since', 'End it'],
        keys.map((one) => ({
          cells: [
            html`<code>${one.id.slice(0, 16)}</code>`,
            html`<div class="fit">${one.label}</div>`,
            time(one.createdAt),
            post('/account/keys/revoke', one.id, `Revoke the key of ${one.label}`, 'Revoke'),
          ],
        })),
      )

const passkeyTable = (passkeys: readonly PasskeyInfo[]): Html =>
  passkeys.length === 0
    ? html`<p class="soft">There is none.</p>`
    : dataTable(
        'Passkeys',
        ['Name', 'Since', 'Used', 'End it'],
        passkeys.map((one) => ({
          cells: [
            html`<div class="fit">${one.label}</div>`,
            time(one.createdAt),
            lastUse(one.usedAt),
            post('/account/passkeys/remove', one.id, `Remove ${one.label}`, 'Remove'),
          ],
        })),
      )

const newPasskey = (script: string): Html =>
  html`<section class="card"><details><summary>Add a passkey</summary><br><p class="soft" data-without>A browser makes one with JavaScript alone. The password works without.</p><form data-passkey="add" hidden>${field('Its name', 'passkey-label', { hint: 'Of the device: “phone”.', more: html` required maxlength="100"` })}${field('Your password', 'passkey-password', { type: 'password', more: html` required autocomplete="current-password"` })}<button>Add it</button><p class="hint" role="status"></p></form></details></section><script type="module" src="${script}"></script>`

export const accountPage = ({
  account,
  names,
  tokens,
  quotas,
  keys,
  passkeys,
  made,
  said,
  registryUrl,
}: AccountState): Page => ({
  title: account.name,
  place: 'account',
  isPrivate: true,
  body: html`<div class="head"><h1>${account.name}</h1><form method="post" action="/sign-out"><button class="quiet">Sign out</button></form></div>
<div class="beside"><div class="stack">${problem(said)}
${made ? html`<div class="note good" role="status"><strong>The token “${made.label}”. It is shown this once.</strong>${commandLine(made.token)}</div>` : ''}
<section class="close"><h2>Tokens</h2><p class="soft">Programs publish with them. Each reaches what it says, until a day. In 24 hours the account published ${spent(quotas)}.</p>${tokenTable(tokens)}</section>
<section class="close"><h2>Signing keys</h2><p class="soft">What you publish is signed with the key of the machine that you publish from.</p>${keyTable(keys)}</section>
<section class="close"><h2>Passkeys</h2><p class="soft">${passkeys.script === undefined ? html`This registry can have none: browsers make them for <code>https</code> and a host with a name, or <code>localhost</code>.` : 'With one you sign in here without the password.'}</p>${passkeys.script === undefined && passkeys.held.length === 0 ? '' : passkeyTable(passkeys.held)}</section></div>
<aside><section class="card"><h2>New token</h2><form method="post" action="/account/tokens">${field('Name', 'label', { hint: 'What it is for: “CI of github”.', more: html` required maxlength="100"` })}${field('Reaches', 'scope', { value: '*', hint: '* for all you own, @scope/*, or one piece.', more: html` required maxlength="140" spellcheck="false" autocapitalize="none"` })}
<div class="field"><label for="days">Lasts</label><select id="days" name="days">${[7, 30, 90, 365].map((days) => html`<option value="${days}"${days === 90 ? html` selected` : ''}>${days} days</option>`)}</select></div><details><summary>Publishes less than others</summary><br>${field('Versions in 24 hours', 'versionsPerDay', { type: 'number', hint: 'Empty: as many as the registry lets a token.', more: html` min="1" max="100000"` })}${field('MiB in 24 hours', 'mebibytesPerDay', { type: 'number', more: html` min="1" max="1048576"` })}</details><button>Make it</button></form></section>
<section class="card close"><h2>From a terminal</h2>${commandLine(`ap-wasm login --registry ${registryUrl}`)}<p class="hint">Shows a code, and brings you to a page that asks whether it was you.</p></section>
${passkeys.script === undefined ? '' : newPasskey(passkeys.script)}<section class="card"><details><summary>Change the password</summary><br><form method="post" action="/account/password">${field('Password now', 'password', { type: 'password', more: html` required autocomplete="current-password"` })}${field('New password', 'fresh', { type: 'password', hint: 'At least 10 characters.', more: html` required minlength="10" autocomplete="new-password"` })}<button>Change it</button></form></details></section>
<section class="card close"><h2>Names</h2>${names.length === 0 ? html`<p class="soft">The first that you publish is yours.</p>` : html`<ul class="bare">${names.map((one) => html`<li><code>${one}</code></li>`)}</ul>`}<p class="hint"><a href="${authorHref(account.name)}">What others see</a></p></section>${account.role === 'moderator' ? html`<p><a href="/moderation">Reports</a></p>` : ''}</aside></div>`,
})

export interface DeviceState {
  login?: Logins | undefined
  code?: string
  said?: string | undefined
  answered?: 'approved' | 'refused'
}

export function devicePage({ login, code = '', said, answered }: DeviceState): Page {
  const page = (body: Html): Page => ({
    title: 'Let a command line in',
    place: 'account',
    isPrivate: true,
    body: html`<div class="plain">${body}</div>`,
  })
  if (answered === 'approved')
    return page(
      html`<h1>Done</h1><div class="note good" role="status"><strong>The command line is signed in.</strong> This page can be closed.</div>`,
    )
  if (answered === 'refused') return page(html`<h1>Refused</h1><div class="note" role="status">It got nothing.</div>`)
  if (!login)
    return page(
      html`<h1>Enter the code</h1>${problem(said)}<form class="card" action="/device">${field('Code', 'code', { value: code, hint: 'As the command line shows it: BCDF-GHJK', more: html` required maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false"` })}<button>Continue</button></form>`,
    )
  const reach = login.scope === '*' ? 'everything you own' : login.scope
  return page(html`<h1>Was this you?</h1><div class="card stack"><p class="code">${login.user_code}</p><p>A command line on <strong>${login.label}</strong> wants to publish for you: <strong>${reach}</strong>, for ${Math.round(login.lifetime_ms / DAY_MS)} days${login.public_key === null ? '' : ', and to register its signing key'}.</p>
<p class="soft">Consent only if you just ran <code>ap-wasm login</code> and it shows the same code.</p>
<form method="post" action="/device" class="stack"><input type="hidden" name="code" value="${login.user_code}"><button name="answer" value="yes">Yes, let it in</button><button name="answer" value="no" class="quiet">No</button></form></div>`)
}
