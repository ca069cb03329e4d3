/// <reference lib="dom" />
/** @module playground/frame: the script of the frame: gets an artifact from the page, shows its forms, runs what is asked. */
import {
  type Answered,
  type Asked,
  all,
  bindForms,
  chooseMember,
  endHtml,
  fill,
  html,
  one,
  refusalHtml,
  resolvedHtml,
  showLine,
  usageHtml,
} from '@ap-wasm/executor/forms'
import {
  type CallInput,
  type CallResult,
  defaultLimits,
  type Limits,
  type Manifest,
  PieceError,
  Refused,
  readManifest,
  TRIGGER_HOOKS,
  type TriggerHook,
} from '@ap-wasm/executor/outside'
import { body } from './body.ts'
import { type Example, examplesOf, seedText } from './examples.ts'
import type { Height, Hello, Piece } from './messages.ts'
import { exchangesHtml, filesHtml, keptHtml, spentHtml } from './outcome.ts'
import { Stage } from './rehearsal.ts'
import { type Exchange, mockFor, parseMocks } from './requests.ts'
import { Runner } from './runner.ts'
import { callThrough } from './through.ts'

const state = (words: string, mood: '' | 'busy' | 'broken' = ''): void => {
  const place = one<HTMLElement>('#state')!
  place.textContent = words
  place.className = mood
}
const value = (selector: string): string => one<HTMLInputElement>(selector)?.value ?? ''
const reasonsOf = (error: unknown): { message: string; lines: readonly string[] } => {
  if (error instanceof PieceError) return { message: error.message, lines: [error.code, error.remedy] }
  if (error instanceof Refused) return { message: 'This is no piece that can run.', lines: error.reasons }
  return { message: error instanceof Error ? error.message : String(error), lines: [] }
}

/** While a call is under way it can be stopped. */
async function stoppable<T>(cancel: () => void, work: () => Promise<T>): Promise<T> {
  const stop = one<HTMLButtonElement>('#stop')!
  stop.hidden = false
  stop.onclick = cancel
  state('running …', 'busy')
  try {
    return await work()
  } finally {
    stop.hidden = true
    state('ready')
  }
}

type Target = { kind: 'action' | 'trigger' | 'resolve'; name: string; hook?: TriggerHook; input: CallInput }

function targetOf({ kind, name, hook, input }: Asked): Target {
  const known = TRIGGER_HOOKS.find((one) => one === hook)
  const given = Object.entries(input).filter(([, one]) => one !== undefined && one !== null)
  return {
    kind: kind as Target['kind'],
    name,
    ...(kind === 'trigger' && known ? { hook: known } : {}),
    input: Object.fromEntries(given) as CallInput,
  }
}

const answered = (result: CallResult, asked: Asked, markup: string): Answered => {
  const output = result.ok ? result.output : undefined
  return { ok: result.ok, html: markup, output, fields: resolvedHtml(output, asked.target, asked.name)?.text }
}
const refused = (error: unknown): Answered => {
  const { message, lines } = reasonsOf(error)
  return { ok: false, html: refusalHtml(message, lines).text }
}

/** Calls run in this browser. */
function runHere(manifest: Manifest, artifact: Uint8Array, examples: readonly Example[]): void {
  const source = one<HTMLElement>('#worker')!.textContent!
  const runner = new Runner(source, artifact)
  const stage = new Stage(manifest, runner)
  state('preparing the component …', 'busy')
  runner.ready.then(
    (ms) => state(`ready: metered and compiled in ${Math.round(ms)} ms`),
    (error: unknown) => {
      state('this component cannot run', 'broken')
      one('#result')!.innerHTML = refused(error).html
    },
  )

  let example: Example | undefined
  /** Addresses of the files of the last call. */
  const offered: string[] = []
  const exchangesPlace = one('#exchanges')!
  const keptPlace = one('#kept')!

  async function send(asked: Asked): Promise<Answered> {
    const exchanges: Exchange[] = []
    exchangesPlace.replaceChildren()
    try {
      const { result, limits, logs, unanswered } = await stoppable(
        () => stage.cancel(),
        async () =>
          stage.call({
            ...targetOf(asked),
            mocks: parseMocks(value('#mocks')),
            env: Object.fromEntries(all<HTMLInputElement>('[data-env]').map((one) => [one.dataset.env!, one.value])),
            limits: limitsAsked(),
            ...(example ? { fixed: { clockStart: example.clockStart, seed: await seedText(example.seed) } } : {}),
            onLine: showLine,
            onExchange: (exchange) => {
              exchanges.push(exchange)
              exchangesPlace.innerHTML = exchangesHtml(exchanges, []).text
            },
          }),
      )
      exchangesPlace.innerHTML = exchangesHtml(exchanges, unanswered).text
      keptPlace.innerHTML = keptHtml(stage.kept()).text
      // With what the host says, which is known at the end.
      one('#log')!.replaceChildren()
      for (const line of logs) showLine(line)
      const written = 'effects' in result ? result.effects.files : []
      for (const url of offered.splice(0)) URL.revokeObjectURL(url)
      const files = await Promise.all(
        written.map(async ({ filename, reference }) => {
          const { beginning, content } = await stage.file(reference)
          // As bytes, whatever they are: nothing that a piece wrote is shown by the browser as a page.
          const href = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
          offered.push(href)
          return { filename, beginning, href }
        }),
      )
      return answered(
        result,
        asked,
        html`${endHtml(result)}${filesHtml(files)}${spentHtml(result, limits)}${usageHtml(result)}`.text,
      )
    } catch (error) {
      return refused(error)
    }
  }
  bindForms(send)

  one<HTMLSelectElement>('#example')?.addEventListener('change', ({ target }) => {
    example = examples[Number((target as HTMLSelectElement).value || -1)]
    if (example) begin(example, stage)
    keptPlace.innerHTML = keptHtml(stage.kept()).text
  })
  document.addEventListener('click', ({ target }) => {
    const button = (target as Element).closest<HTMLButtonElement>('button')
    if (button?.dataset.answer !== undefined) offerAnswer(JSON.parse(button.dataset.answer))
    if (button?.dataset.forget !== undefined) {
      stage.forget()
      keptPlace.innerHTML = keptHtml(stage.kept()).text
    }
  })
}

/** Those that differ from what there is anyway. */
function limitsAsked(): Partial<Limits> {
  const most = defaultLimits()
  const asked = all<HTMLInputElement>('[data-limit]').map(
    ({ dataset, value }) => [dataset.limit as keyof Limits, Math.trunc(Number(value))] as const,
  )
  return Object.fromEntries(asked.filter(([name, limit]) => limit > 0 && limit < most[name]))
}

function begin({ member, resolve, values, auth, env, mocks, store }: Example, stage: Stage): void {
  location.hash = member
  chooseMember(`#${member}`)
  fill(one<HTMLElement>(`[id="${member}"] form`)!, values)
  if (auth) {
    const { type, ...rest } = auth
    const part = one<HTMLElement>(`#connection [data-auth="${String(type)}"]`)
    if (part) {
      one<HTMLInputElement>('[name=kind]', part)!.checked = true
      fill(part, { auth: rest })
    }
  }
  for (const control of all<HTMLInputElement>('[data-env]')) control.value = env[control.dataset.env!] ?? ''
  const text = one<HTMLTextAreaElement>('#mocks')
  if (text) text.value = JSON.stringify(mocks, null, 2)
  stage.forget()
  for (const { scope, key, value } of store) stage.keep(scope, key, value)
  // What the case asks is asked by this button.
  const asks = (button: HTMLElement): boolean =>
    Object.values(button.dataset).some((path) => path !== undefined && path === resolve)
  all<HTMLButtonElement>('button[type=button]')
    .find((button) => asks(button) && (button.closest('#connection') ?? button.closest(`[id="${member}"]`)) !== null)
    ?.focus()
}

/** Writes an answer to a request for the visitor to change. */
function offerAnswer(request: { method: string; url: string }): void {
  const text = one<HTMLTextAreaElement>('#mocks')!
  try {
    text.value = JSON.stringify([...parseMocks(text.value), mockFor(request)], null, 2)
  } catch {
    return // What is there is no JSON: the next call says so.
  }
  one<HTMLDetailsElement>('#requests')!.open = true
  text.focus()
}

/** Calls go to the visitor's executor. */
function runThrough(manifest: Manifest, origin: string): void {
  state('ready')
  bindForms(async (asked) => {
    const abort = new AbortController()
    try {
      const result = await stoppable(
        () => abort.abort(),
        () => callThrough({ origin, key: value('#key') }, manifest, targetOf(asked), abort.signal),
      )
      return answered(result, asked, html`${endHtml(result)}${usageHtml(result)}`.text)
    } catch (error) {
      return refused(error)
    }
  })
}

/** What a browser must have to suspend a component, and to read and write bytes as text. */
const missing = (): string[] => [
  ...('Suspending' in WebAssembly
    ? []
    : ['JavaScript Promise Integration of WebAssembly (Chrome and Edge from 137 on)']),
  ...('toHex' in Uint8Array.prototype
    ? []
    : ['Uint8Array.prototype.toHex (Chrome from 140, Firefox from 133, Safari from 18.2)']),
]

function show({ artifact }: Piece): void {
  const bytes = new Uint8Array(artifact)
  const executor = document.documentElement.dataset.executor
  const lacking = executor === undefined ? missing() : []
  if (lacking.length > 0) {
    document.body.innerHTML =
      html`<main class="single"><div class="card"><h2>This browser cannot run it</h2><p>It lacks: ${lacking.join('; ')}.</p><p class="hint">Your own executor runs it from any browser: name it above. Or run it on your machine, with the command line.</p></div></main>`.text
    return
  }
  try {
    const manifest = readManifest(bytes)
    const examples = examplesOf(manifest)
    const limits = { ...defaultLimits(), ...manifest.limits }
    document.body.innerHTML = body({ manifest, examples, limits, executor }).text
    const choose = (): void => chooseMember(location.hash)
    addEventListener('hashchange', choose)
    choose()
    if (executor === undefined) runHere(manifest, bytes, examples)
    else runThrough(manifest, executor)
  } catch (error) {
    document.body.innerHTML =
      html`<main class="single"><div class="card">${refusalHtml(reasonsOf(error).message, reasonsOf(error).lines)}</div></main>`.text
  }
}

/** The page that holds this frame hands it one artifact; who else might speak is not heard. */
addEventListener('message', function hear({ source, data, ports }: MessageEvent<Piece>) {
  if (source !== parent || data?.playground !== 'piece') return
  removeEventListener('message', hear)
  show(data)
  const [port] = ports
  const tell = (): void => port?.postMessage({ height: document.documentElement.scrollHeight } satisfies Height)
  new ResizeObserver(tell).observe(document.body)
  tell()
})
parent.postMessage({ playground: 'listens' } satisfies Hello, '*')
