/// <reference lib="dom" />
/** @module dev/browser: the script of the page: reads forms, sends calls, shows what comes back and what is logged meanwhile. */

type Input = Record<string, unknown>

const one = <T extends Element>(selector: string, within: ParentNode = document): T | null =>
  within.querySelector<T>(selector)
const all = <T extends Element>(selector: string, within: ParentNode = document): T[] => [
  ...within.querySelectorAll<T>(selector),
]

const JSON_TYPES = new Set(['JSON', 'OBJECT', 'ARRAY', 'DATE_RANGE'])

async function fileValue(file: File): Promise<unknown> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return { filename: file.name, mediaType: file.type || 'application/octet-stream', data: btoa(text) }
}

/** Undefined: nothing was entered. */
async function enteredIn(control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement): Promise<unknown> {
  const type = control.dataset.type ?? ''
  if (control instanceof HTMLSelectElement && type !== 'TEXT') {
    const values = [...control.selectedOptions].filter((o) => o.value !== '').map((o) => JSON.parse(o.value) as unknown)
    if (control.multiple) return values.length > 0 ? values : undefined
    return values[0]
  }
  if (control instanceof HTMLInputElement && type === 'CHECKBOX') return control.checked
  if (control instanceof HTMLInputElement && type === 'FILE') return control.files?.[0] && fileValue(control.files[0])
  if (control.value === '') return undefined
  if (!JSON_TYPES.has(type)) return control.value
  try {
    return JSON.parse(control.value)
  } catch (error) {
    throw new Error(`${control.name}: ${(error as Error).message}`)
  }
}

/** `props.fields.size` → { props: { fields: { size } } } */
async function read(form: ParentNode): Promise<Input> {
  const input: Input = {}
  for (const control of all<HTMLInputElement>('[data-type]', form)) {
    const value = await enteredIn(control)
    if (value === undefined) continue
    const keys = control.name.split('.')
    const last = keys.pop()!
    let at = input
    for (const key of keys) at = (at[key] ??= {}) as Input
    at[last] = value
  }
  return input
}

async function authValue(): Promise<unknown> {
  const chosen = one<HTMLInputElement>('#connection [name=kind]:checked')
  const part = chosen?.closest('fieldset')
  if (!chosen || !part) return undefined
  const { auth } = await read(part)
  return auth === undefined ? undefined : { type: chosen.value, ...(auth as Input) }
}

async function send(body: Input): Promise<{ html: string; output?: unknown; ok: boolean; fields?: string }> {
  const response = await fetch('/call', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return response.json()
}

const show = (html: string): void => {
  one('#result')!.innerHTML = html
  if (matchMedia('(max-width: 1000px)').matches) one('#result')!.scrollIntoView({ behavior: 'smooth', block: 'center' })
}

async function withButton(button: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
  button.disabled = true
  try {
    await work()
  } catch (error) {
    const said = document.createElement('p')
    said.className = 'bad'
    said.textContent = (error as Error).message
    one('#result')!.replaceChildren(said)
  } finally {
    button.disabled = false
  }
}

async function call(form: HTMLFormElement): Promise<void> {
  const { kind, name } = form.dataset
  const { hook, ...input } = await read(form)
  one('#log')!.replaceChildren()
  const answer = await send({ kind, name, hook, input: { ...input, auth: await authValue() } })
  show(answer.html)
}

async function resolve(button: HTMLButtonElement, path: string): Promise<ReturnType<typeof send>> {
  const form = button.closest('form')!
  const { props } = form.id === 'connection' ? { props: undefined } : await read(form)
  return send({ kind: 'resolve', name: path, target: button.dataset.for, input: { props, auth: await authValue() } })
}

document.addEventListener('submit', (event) => {
  event.preventDefault()
  const form = event.target as HTMLFormElement
  const button = one<HTMLButtonElement>('button[type=submit]', form)
  if (button && form.matches('.call')) void withButton(button, () => call(form))
})

document.addEventListener('click', (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>('button[type=button]')
  if (!button) return
  const { options, fields, check, for: target } = button.dataset
  void withButton(button, async () => {
    if (check) {
      const answer = await resolve(button, check)
      const { valid, error } = (answer.output ?? {}) as { valid?: boolean; error?: string }
      one('#checked')!.textContent = valid ? '✓ accepted' : (error ?? 'see the result')
      if (!answer.ok) show(answer.html)
    }
    if (options) {
      const answer = await resolve(button, options)
      if (answer.fields === undefined) return show(answer.html)
      const select = document.getElementById(target!) as HTMLSelectElement
      select.innerHTML = `${select.multiple ? '' : '<option value="">choose …</option>'}${answer.fields}`
    }
    if (fields) {
      const answer = await resolve(button, fields)
      if (answer.fields === undefined) return show(answer.html)
      const place = document.getElementById(target!)!
      place.replaceChildren(button)
      place.insertAdjacentHTML('afterbegin', answer.fields)
    }
  })
})

/** The form that the address names. */
function choose(): void {
  const sections = all<HTMLElement>('section[id^=action-], section[id^=trigger-]')
  const named = sections.find(({ id }) => `#${id}` === decodeURIComponent(location.hash)) ?? sections[0]
  for (const section of sections) section.hidden = section !== named
  for (const link of all<HTMLAnchorElement>('nav a')) {
    if (link.hash === `#${named?.id}`) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
}
addEventListener('hashchange', choose)
choose()

/** A new build: the page as it is now, with what was typed into it. */
async function refresh(): Promise<void> {
  const fresh = new DOMParser().parseFromString(await (await fetch('/')).text(), 'text/html')
  const typed = new Map(all<HTMLInputElement>('[data-type]').map((control) => [control.id, control]))
  const kept = ['#result', '#log'].map((selector) => [selector, one(selector)] as const)
  one('main')!.replaceWith(one('main', fresh)!)
  one('header')!.replaceWith(one('header', fresh)!)
  for (const [selector, element] of kept) if (element) one(selector)?.replaceWith(element)
  for (const control of all<HTMLInputElement>('[data-type]')) {
    const before = typed.get(control.id)
    if (!before || before.type !== control.type || control.type === 'file') continue
    if (control.type === 'checkbox') control.checked = before.checked
    else if (control instanceof HTMLSelectElement && control.options.length <= 1) control.replaceWith(before)
    else control.value = before.value
  }
  choose()
}

const events = new EventSource('/events')
events.addEventListener('log', ({ data }) => {
  const { level, message } = JSON.parse(data) as { level: string; message: string }
  const line = document.createElement('span')
  line.className = level
  line.textContent = `${level.padEnd(8)} ${message}\n`
  one('#log')?.append(line)
})
events.addEventListener('state', ({ data }) => {
  const { words, mood } = JSON.parse(data) as { words: string; mood: string }
  const state = one('#state')!
  state.textContent = words
  state.className = `state ${mood}`
  if (mood !== 'busy') void refresh()
})
events.addEventListener('error', () => {
  const state = one('#state')!
  state.textContent = 'ap-wasm dev has ended'
  state.className = 'state broken'
})
