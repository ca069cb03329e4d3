/// <reference lib="dom" />
/** @module dev/browser: the script of the page: its forms call through this process, what is logged meanwhile and a new build are shown. */

import { type Answered, type Asked, all, bindForms, chooseMember, one, showLine } from '@ap-wasm/executor/forms'

async function send(asked: Asked): Promise<Answered> {
  const response = await fetch('/call', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  })
  return response.json()
}
bindForms(send)

const choose = (): void => chooseMember(location.hash)
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
events.addEventListener('log', ({ data }) => showLine(JSON.parse(data)))
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
