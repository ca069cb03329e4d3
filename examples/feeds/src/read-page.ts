/** @module read-page: a web page's text, without what stands around it. */
import { createAction, Failure, Property } from '@ap-wasm/piece'
import { decodeText } from './charset.ts'
import { addressOf, type Download, download } from './download.ts'
import { readPage as read, refreshOf } from './page.ts'

const MAX_BYTES = 3 * 1024 * 1024
const MAX_REFRESHES = 3
const MAX_CHARACTERS = 1_000_000

const isPage = (type: string): boolean => type === 'text/html' || type === 'application/xhtml+xml'

/** What it is when the server does not say: a PDF and pictures begin with bytes that no page begins with. */
const looksLikePage = (bytes: Uint8Array): boolean =>
  /^(?:\xef\xbb\xbf)?\s*</.test(String.fromCharCode(...bytes.subarray(0, 200)))

async function getPage(url: URL): Promise<Download> {
  const document = await download(url, { accept: 'text/html, application/xhtml+xml, */*;q=0.5', maxBytes: MAX_BYTES })
  if (document === undefined)
    throw new Failure('upstream_error', `${url.origin} answered 304 although nothing was asked for`)
  const { mediaType, bytes } = document
  if (isPage(mediaType) || ((mediaType === '' || mediaType === 'text/plain') && looksLikePage(bytes))) return document
  const what = mediaType === '' ? 'no web page' : mediaType
  throw new Failure('unsupported_content', `${document.url} is ${what}; this action reads web pages (text/html)`, {
    detail: { mediaType },
  })
}

export const readPage = createAction({
  name: 'read_page',
  displayName: 'Read a web page',
  description: 'Fetches a page and extracts its readable text as Markdown, without menus, advertisements and comments.',
  props: {
    url: Property.ShortText({ displayName: 'Address', required: true }),
    include_images: Property.Checkbox({
      displayName: 'Include images',
      description: 'Keeps the addresses of images in the text.',
      required: false,
      defaultValue: true,
    }),
    max_characters: Property.Number({
      displayName: 'Most characters',
      description: 'Cuts a longer text, at the end of a paragraph if it can.',
      required: false,
      defaultValue: 100_000,
    }),
  },
  aiMetadata: { description: 'Reads the text of a web page as Markdown.', idempotent: true },
  async run({ propsValue: { url, include_images: images = true, max_characters: maxCharacters = 100_000 } }) {
    if (!Number.isInteger(maxCharacters) || maxCharacters < 1 || maxCharacters > MAX_CHARACTERS)
      throw new Failure(
        'invalid_input',
        `max_characters is ${maxCharacters}; it is a whole number from 1 to ${MAX_CHARACTERS}`,
      )
    let next = addressOf(url)
    for (let hop = 0; ; hop++) {
      const document = await getPage(next)
      const html = decodeText(document.bytes, document.charset)
      const refresh = refreshOf(html, document.url)
      if (refresh === undefined) return read(html, document.url, { images, maxCharacters })
      if (hop === MAX_REFRESHES)
        throw new Failure('upstream_error', `${url} leads on by meta refresh more than ${MAX_REFRESHES} times`)
      next = addressOf(refresh)
    }
  },
})
