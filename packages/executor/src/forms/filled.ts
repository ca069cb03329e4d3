/// <reference lib="dom" />
/** @module forms/filled: the other half of the forms, in a browser: what was entered, and what their buttons do. */

export type Input = Record<string, unknown>

export interface Asked {
  kind: string
  name: string
  hook?: unknown
  /** The id of the control that waits for what is resolved. */
  target?: string | undefined
  input: Input
}

export interface Answered {
  ok: boolean
  /** What is shown. */
  html: string
  output?: unknown
  /** Options or fields for `target`. */
  fields?: string | undefined
}

export const one = <T extends Element>(selector: string, within: ParentNode = document): T | null =>
  within.querySelector<T>(selector)
export const all = <T extends Element>(selector: string, within: ParentNode = document): T[] => [
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
export async function read(form: ParentNode): Promise<Input> {
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

/** What no control can show stays in the form as a hidden one, and is read like all others. */
function hold(place: Element, name: string, value: unknown): void {
  const held = document.createElement('input')
  held.type = 'hidden'
  held.name = name
  held.dataset.type = 'JSON'
  held.dataset.held = name
  held.value = JSON.stringify(value)
  place.append(held)
}

function enter(control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement, value: unknown): void {
  const type = control.dataset.type ?? ''
  if (control instanceof HTMLSelectElement && type !== 'TEXT') {
    const chosen = (control.multiple && Array.isArray(value) ? value : [value]).map((one) => JSON.stringify(one))
    for (const text of chosen)
      if (value !== undefined && ![...control.options].some((option) => option.value === text))
        control.add(new Option(text, text))
    for (const option of control.options)
      option.selected = value === undefined ? option.defaultSelected : chosen.includes(option.value)
  } else if (control instanceof HTMLInputElement && type === 'CHECKBOX')
    control.checked = value === undefined ? control.defaultChecked : value === true
  else if (value === undefined)
    control.value = control instanceof HTMLSelectElement ? (control.options[0]?.value ?? '') : control.defaultValue
  else control.value = typeof value === 'string' && !JSON_TYPES.has(type) ? value : JSON.stringify(value, null, 2)
}

/** The reverse of `read`: every control gets its value, or what it begins with; `values` are `{ props: { … }, hook, … }`. */
export function fill(form: HTMLElement, values: Input): void {
  for (const held of all('[data-held]', form)) held.remove()
  const left = structuredClone(values)
  for (const control of all<HTMLInputElement>('[data-type]', form)) {
    const keys = control.name.split('.')
    const last = keys.pop()!
    const at = keys.reduce<Input | undefined>((from, key) => from?.[key] as Input | undefined, left)
    const value = at?.[last]
    // A file cannot be put into its control: it is held beside it, which then need not be filled.
    if (control.type === 'file') {
      control.required &&= value === undefined
      continue
    }
    enter(control, value)
    if (at) delete at[last]
  }
  for (const [name, group] of Object.entries(left))
    if (name === 'props' || name === 'auth')
      for (const [key, value] of Object.entries(group as Input))
        if (JSON.stringify(value) !== '{}') hold(form, `${name}.${key}`, value)
}

export async function authValue(): Promise<unknown> {
  const chosen = one<HTMLInputElement>('#connection [name=kind]:checked')
  const part = chosen?.closest('fieldset')
  if (!chosen || !part) return undefined
  const { auth } = await read(part)
  return auth === undefined ? undefined : { type: chosen.value, ...(auth as Input) }
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

/** Forms and their buttons call through `send`, from now on. */
export function bindForms(send: (asked: Asked) => Promise<Answered>): void {
  async function call(form: HTMLFormElement): Promise<void> {
    const { kind = '', name = '' } = form.dataset
    const { hook, ...input } = await read(form)
    // What the last call said must not be taken for the answer of this one.
    for (const place of ['#log', '#result']) one(place)!.replaceChildren()
    const answer = await send({ kind, name, hook, input: { ...input, auth: await authValue() } })
    show(answer.html)
  }

  async function resolve(button: HTMLButtonElement, path: string): Promise<Answered> {
    const form = button.closest('form')!
    const { props } = form.id === 'connection' ? { props: undefined } : await read(form)
    return send({ kind: 'resolve', name: path, target: button.dataset.for, input: { props, auth: await authValue() } })
  }

  // Nothing is ever submitted, and a frame that may not submit is told of no attempt: the click is what counts, as by Enter.
  document.addEventListener('submit', (event) => event.preventDefault())
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('.call button[type=submit]')
    if (!button) return
    event.preventDefault()
    const form = button.form!
    if (form.reportValidity()) void withButton(button, () => call(form))
  })

  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('button[type=button]')
    if (!button) return
    const { options, fields, check, for: target } = button.dataset
    if (options === undefined && fields === undefined && check === undefined) return
    void withButton(button, async () => {
      const answer = await resolve(button, (check ?? options ?? fields)!)
      if (check !== undefined) {
        const { valid, error } = (answer.output ?? {}) as { valid?: boolean; error?: string }
        one('#checked')!.textContent = valid ? '✓ accepted' : (error ?? 'see the result')
        if (!answer.ok) show(answer.html)
        return
      }
      if (answer.fields === undefined) return show(answer.html)
      const place = document.getElementById(target!)!
      if (place instanceof HTMLSelectElement) {
        place.innerHTML = `${place.multiple ? '' : '<option value="">choose …</option>'}${answer.fields}`
        return
      }
      place.replaceChildren(button)
      place.insertAdjacentHTML('afterbegin', answer.fields)
    })
  })
}

/** Shows the form that `hash` names, or the first. */
export function chooseMember(hash: string): void {
  const sections = all<HTMLElement>('section.member')
  const named = sections.find(({ id }) => `#${id}` === decodeURIComponent(hash)) ?? sections[0]
  for (const section of sections) section.hidden = section !== named
  for (const link of all<HTMLAnchorElement>('nav a')) {
    if (link.hash === `#${named?.id}`) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
}

/** One line of the log. */
export function showLine({ level, message }: { level: string; message: string }): void {
  const line = document.createElement('span')
  line.className = level
  line.textContent = `${level.padEnd(8)} ${message}\n`
  one('#log')?.append(line)
}
