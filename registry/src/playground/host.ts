/// <reference lib="dom" />
/** @module playground/host: the script of the page that holds the frame: fetches the artifact and hands it over, once. */
import type { Height, Hello, Piece } from './messages.ts'

/** Beyond it, a visitor is asked before so much is fetched. */
const UNASKED_BYTES = 8 * 1024 ** 2

const root = document.querySelector<HTMLElement>('#playground')!
const status = root.querySelector<HTMLElement>('[role=status]')!
const place = root.querySelector<HTMLElement>('.frame')!
const { frame: frameUrl = '', artifact = '', integrity = '', bytes = '0' } = root.dataset

/** The browser checks the digest: what the frame gets is what the registry lists. */
let fetched: Promise<ArrayBuffer> | undefined
async function fetchArtifact(): Promise<ArrayBuffer> {
  const response = await fetch(artifact, { integrity, credentials: 'omit' })
  if (!response.ok) throw new Error(`the registry answered ${response.status}`)
  return response.arrayBuffer()
}

function open(executor: string | undefined): void {
  const frame = document.createElement('iframe')
  frame.title = 'Playground'
  frame.setAttribute(
    'sandbox',
    executor === undefined ? 'allow-scripts allow-downloads' : 'allow-scripts allow-same-origin',
  )
  // A page of elsewhere may ask the visitor's own network only where it was given that.
  frame.allow = executor === undefined ? '' : 'local-network-access; local-network; loopback-network'
  frame.referrerPolicy = 'no-referrer'
  const url = new URL(executor === undefined ? '/run' : '/through', frameUrl)
  if (executor !== undefined) url.searchParams.set('executor', executor)
  frame.src = url.href
  addEventListener('message', function hear({ source, data }: MessageEvent<Hello>) {
    if (source !== frame.contentWindow || data?.playground !== 'listens') return
    removeEventListener('message', hear)
    void hand(frame)
  })
  place.replaceChildren(frame)
}

async function hand(frame: HTMLIFrameElement): Promise<void> {
  try {
    status.textContent = 'fetching the piece …'
    fetched ??= fetchArtifact()
    const copy = (await fetched).slice(0)
    status.textContent = ''
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }: MessageEvent<Height>) => {
      if (typeof data?.height === 'number' && data.height < 20_000) frame.style.height = `${Math.ceil(data.height)}px`
    }
    // A frame without an origin cannot be named: it is the one that this page has made, and nothing secret goes to it.
    frame.contentWindow?.postMessage({ playground: 'piece', artifact: copy } satisfies Piece, '*', [copy, port2])
  } catch (error) {
    fetched = undefined
    status.textContent = `The piece could not be fetched: ${(error as Error).message}`
  }
}

const start = root.querySelector<HTMLButtonElement>('[data-start]')!
start.addEventListener('click', () => {
  start.hidden = true
  open(undefined)
})
root.querySelector<HTMLFormElement>('form')!.addEventListener('submit', (event) => {
  event.preventDefault()
  const input = root.querySelector<HTMLInputElement>('[name=executor]')!
  const url = URL.parse(input.value.trim())
  start.hidden = true
  open(url && input.value.trim() !== '' ? url.origin : undefined)
})
start.hidden = false
if (Number(bytes) <= UNASKED_BYTES) start.click()
