/// <reference lib="dom" />
/** @module passkeys/browser: the script of the pages that know passkeys. Whatever it shows is hidden without it. */
{
  const say = (part: HTMLElement, words: string): void => {
    part.querySelector<HTMLElement>('[role=status]')!.textContent = words
  }

  async function post<T>(path: string, body: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${answer.detail}. ${answer.remedy}`)
    return answer
  }

  /** One ceremony at a time; what went wrong stands beside the button. */
  async function attempt(part: HTMLElement, work: () => Promise<void>): Promise<void> {
    const button = part.querySelector('button')!
    button.disabled = true
    say(part, '')
    try {
      await work()
    } catch (error) {
      // So a browser says that its user ended it, or that time ran out.
      const ended = (error as Error).name === 'NotAllowedError'
      say(part, ended ? 'No passkey was chosen.' : (error as Error).message)
    } finally {
      button.disabled = false
    }
  }

  async function signIn(part: HTMLElement): Promise<void> {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await post('/sign-in/passkey/options', {}))
    const made = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
    const { next } = await post<{ next: string }>('/sign-in/passkey', {
      ...{ response: made.toJSON(), next: part.dataset.next ?? '' },
    })
    location.assign(next)
  }

  async function add(form: HTMLFormElement): Promise<void> {
    const { 'passkey-label': label, 'passkey-password': password } = Object.fromEntries(new FormData(form))
    const options = await post<never>('/account/passkeys/options', { password })
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
    await post('/account/passkeys', { label, response: made.toJSON() })
    location.reload()
  }

  if ('PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential)
    for (const part of document.querySelectorAll<HTMLElement>('[data-passkey]')) {
      part.hidden = false
      const without = part.previousElementSibling as HTMLElement | null
      if (without?.dataset.without !== undefined) without.hidden = true
      if (part instanceof HTMLFormElement)
        part.addEventListener('submit', (event) => {
          event.preventDefault()
          void attempt(part, () => add(part))
        })
      else part.querySelector('button')!.addEventListener('click', () => void attempt(part, () => signIn(part)))
    }
}
