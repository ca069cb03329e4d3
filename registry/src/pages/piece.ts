/** @module pages/piece: one version of a piece: what it does, what it may reach, how to have it. */
import { askOf, permissions } from '@ap-wasm/executor'
import { Html, html } from '@ap-wasm/executor/forms'
import type { ArtifactInfo, VersionInfo } from '../catalog/pieces.ts'
import {
  absolute,
  artifactHref,
  authorHref,
  badgeHref,
  diffHref,
  feedHref,
  ociReference,
  pieceHref,
  reportHref,
  searchHref,
  tryHref,
  versionsHref,
} from '../hrefs.ts'
import { repositoryOf } from '../names.ts'
import type { FoundPiece } from '../piece.ts'
import { categoryLabel } from '../search/facets.ts'
import type { Page } from './layout.ts'
import { members } from './members.ts'
import {
  bytes,
  commandLine,
  count,
  languageName,
  many,
  permissionList,
  pieceIcon,
  scoreRing,
  sparkline,
  time,
  withCode,
} from './parts.ts'

export interface PieceState {
  piece: FoundPiece
  version: VersionInfo
  artifact: ArtifactInfo
  owners: readonly string[]
  /** Of the last weeks. */
  days: readonly { day: string; count: number }[]
  /** The version before this one, to compare with. */
  previous: VersionInfo | undefined
  publicUrl: string
}

/** Whether there is something to call. */
const canTry = ({ card }: FoundPiece): boolean => card.actions.length + card.triggers.length > 0

type Tab = 'about' | 'try' | 'versions'

export function pieceHead(piece: FoundPiece, version: VersionInfo, tab: Tab): Html {
  const { card, name } = piece
  const isLatest = version.version === card.version
  const shown = { ...card, digest: version.digest }
  const tabs: [Tab, string, string][] = [
    ['about', 'About', isLatest ? pieceHref(name) : pieceHref(name, version.version)],
    ...(canTry(piece) ? ([['try', 'Try it', tryHref(name, version.version)]] as [Tab, string, string][]) : []),
    ['versions', `Versions (${piece.versions.length})`, versionsHref(name)],
  ]
  return html`<div class="lead">${pieceIcon(shown, 'large')}<div><h1>${card.displayName}</h1><p class="row soft"><span class="mono break">${name} <span class="nums">${version.version}</span></span>
${version.signedBy === undefined ? '' : html`<span class="chip calm">signed</span>`}<span>by <a href="${authorHref(version.publishedBy)}">${version.publishedBy}</a></span><span>${time(version.publishedAt)}</span></p></div></div>
<nav class="tabs" aria-label="Of this piece">${tabs.map(([id, words, href]) => html`<a href="${href}"${id === tab ? html` aria-current="page"` : ''}>${words}</a>`)}</nav>`
}

function notices({ piece, version }: PieceState): Html {
  const { name, card } = piece
  if (version.yanked)
    return html`<div class="note warn" role="note"><strong>This version was withdrawn on ${time(version.yanked.at)}.</strong> Why: ${version.yanked.reason}${version.version === card.version ? '' : html`<br><a href="${pieceHref(name)}">See ${card.version}</a>.`}</div>`
  if (version.version !== card.version)
    return html`<div class="note" role="note">There is a newer version: <a href="${pieceHref(name)}">${card.version}</a>. <a href="${diffHref(name, version.version, card.version)}">What changed</a></div>`
  return html``
}

function install({ piece, version, publicUrl }: PieceState): Html {
  const { name, card } = piece
  const { host, origin } = new URL(publicUrl)
  const at = version.version === card.version ? name : `${name}@${version.version}`
  const wkg = `${repositoryOf(name).replace('/', ':')}@${version.version}`
  const ways: [string, string, Html][] = [
    [
      'ap-wasm',
      `ap-wasm add ${at} --registry ${origin}`,
      html`Shows what it asks, asks you, and installs it in your executor.`,
    ],
    [
      'The file alone',
      `ap-wasm pull ${at} --registry ${origin}`,
      html`Checked against its digest. Or <a href="${artifactHref(name, version.version)}">fetch it here</a>.`,
    ],
    ['wkg', `wkg get --registry ${host} ${wkg}`, html`Found through <code>/.well-known/wasm-pkg</code>.`],
    [
      'An OCI client',
      `crane pull ${ociReference(host, name, version.version)} ${name.replace(/^@.*\//, '')}.tar`,
      html`One layer of the type <code>application/wasm</code>.`,
    ],
  ]
  return html`<section class="card install"><h2>Install</h2>${ways.map(
    ([title, line, words], i) =>
      html`<details name="install"${i === 0 ? html` open` : ''}><summary>${title}</summary><div class="body close">${commandLine(line)}<p class="hint">${words}</p></div></details>`,
  )}</section>`
}

function facts({ artifact, version, owners }: PieceState): Html {
  const { manifest } = artifact
  const out = (href: string): Html =>
    html`<a href="${href}" rel="nofollow ugc noopener">${href.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '')}</a>`
  const rows: [string, Html | string | undefined][] = [
    [
      'Language',
      html`<a href="${searchHref({ filters: { language: version.language } })}">${languageName(version.language)}</a>`,
    ],
    ['SDK', version.sdk],
    ['Size', bytes(version.bytes)],
    ['Licence', manifest.license ?? html`<span class="warn">none named</span>`],
    ['Source', manifest.repository && out(manifest.repository)],
    ['Homepage', manifest.homepage && out(manifest.homepage)],
    [
      'Owners',
      html`${owners.map((owner, i) => html`${i > 0 ? ', ' : ''}<a href="${authorHref(owner)}">${owner}</a>`)}`,
    ],
    ['Digest', html`<code>${version.digest}</code>`],
  ]
  return html`<section class="card"><h2>Facts</h2><dl class="facts">${rows.flatMap(([term, value]) => (value ? [html`<dt>${term}</dt><dd>${value}</dd>`] : []))}</dl></section>`
}

function provenance({ version, artifact }: PieceState): Html {
  if (version.signedBy === undefined)
    return html`<section class="card"><h2>Provenance</h2><p class="soft">Nobody signed this version.</p></section>`
  const source = sourceOf(artifact.provenance)
  return html`<section class="card close"><h2>Provenance</h2><p>Signed by ${version.publishedBy} with the key <code class="break">${version.signedBy.slice(0, 16)}</code>.</p>
${source ? html`<p>Its signer says that it was built from <code class="break">${source.uri}</code> at <code>${source.commit.slice(0, 12)}</code>.</p>` : html`<p class="soft">Its signer does not say from which source it was built.</p>`}</section>`
}

/** Of an in-toto statement, which is a stranger's word: only what has the right shape is shown. */
function sourceOf(envelope: unknown): { uri: string; commit: string } | undefined {
  try {
    const { payload } = envelope as { payload: string }
    const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'))
    const [{ uri, digest }] = predicate.buildDefinition.resolvedDependencies
    return typeof uri === 'string' && /^[0-9a-f]{40,64}$/.test(digest.gitCommit)
      ? { uri: uri.slice(0, 300), commit: digest.gitCommit }
      : undefined
  } catch {
    return undefined
  }
}

const score = ({ artifact: { score } }: PieceState): Html => {
  const lost = score.rows.filter(({ reason }) => reason !== undefined)
  return html`<section class="card" id="score"><h2>Score</h2><div class="row">${scoreRing(score.points, 'large')}<span class="soft">${lost.length === 0 ? 'Nothing is missing.' : `${100 - score.points} points are missing, for these reasons:`}</span></div>
${lost.length === 0 ? '' : html`<ul class="bare scores">${lost.map(({ question, points, of, reason }) => html`<li><span>${question}</span><span class="nums soft">${points} of ${of}</span><p>${withCode(reason ?? '')}</p></li>`)}</ul>`}</section>`
}

export function piecePage(state: PieceState): Page {
  const { piece, version, artifact, days, previous, publicUrl } = state
  const { name, card } = piece
  const { manifest, inspection, readmeHtml } = artifact
  const { description } = manifest
  const asks = permissions(askOf(manifest))
  const tags = [
    ...description.categories.map(
      (one) => html`<a class="chip" href="${searchHref({ filters: { category: one } })}">${categoryLabel(one)}</a>`,
    ),
    ...(manifest.tags ?? []).map(
      (one) => html`<a class="chip" href="${searchHref({ filters: { tag: one } })}">${one}</a>`,
    ),
  ]
  const recent = days.reduce((sum, one) => sum + one.count, 0)
  return {
    title: `${card.displayName} (${name})`,
    description: description.description,
    head: html`<link rel="canonical" href="${absolute(publicUrl, pieceHref(name))}"><link rel="alternate" type="application/atom+xml" href="${feedHref(name)}" title="${card.displayName}">`,
    body: html`${pieceHead(piece, version, 'about')}
<div class="beside"><div class="stack">${notices(state)}${description.description ? html`<p class="break">${description.description}</p>` : ''}${tags.length > 0 ? html`<div class="chips">${tags}</div>` : ''}
<section class="card"><h2>What it may do</h2>${permissionList(asks)}${previous ? html`<p class="hint"><a href="${diffHref(name, previous.version, version.version)}">What changed since ${previous.version}</a></p>` : ''}</section>
${members(description)}</div>
<aside aria-label="About ${card.displayName}">${canTry(piece) ? html`<a class="button" href="${tryHref(name, version.version)}">Try it in your browser</a>` : ''}${install(state)}
<section class="card close"><h2>Pulls</h2><p><span class="nums">${count(piece.downloads)}</span> in all, <span class="nums">${count(recent)}</span> in the last ${days.length} days</p>${recent > 0 ? sparkline(days) : ''}<p class="hint">${many(version.downloads, 'pull')} of this version. No addresses are kept.</p></section>
${facts(state)}${provenance(state)}${score(state)}
<section class="card install"><h2>Inside</h2><details><summary>${many(inspection.imports.length, 'import')}</summary><ul class="bare small mono break">${inspection.imports.map((one) => html`<li>${one.name}</li>`)}</ul></details><details><summary>${many(inspection.exports.length, 'export')}</summary><ul class="bare small mono break">${inspection.exports.map((one) => html`<li>${one.name}</li>`)}</ul></details><details><summary>Sizes</summary><dl class="facts small">${inspection.sizes.map((one) => html`<dt>${one.part}</dt><dd class="nums">${bytes(one.bytes)}</dd>`)}</dl></details></section>
<p class="small soft row"><a href="${reportHref(name)}">Report it</a><a href="${badgeHref(name)}">Badge</a><a href="${feedHref(name)}">Feed</a></p></aside>
${readmeHtml === '' ? html`<p class="soft below">It has no README.</p>` : html`<section class="below" aria-label="README"><h2 class="skip">README</h2><div class="prose card">${new Html(readmeHtml)}</div></section>`}</div>`,
  }
}
