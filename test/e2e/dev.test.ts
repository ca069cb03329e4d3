/** The page of `ap-wasm dev` as its author meets it: in a browser, while the sources change. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM, INSTALL_CHROMIUM, NO_BROWSER } from '../browser/chromium.ts'
import { Author, LAUNCH } from './author.ts'

describe.skipIf(NO_BROWSER)(`in Chromium${NO_BROWSER ? ` (skipped: ${INSTALL_CHROMIUM})` : ''}`, () => {
  let author: Author
  let folder: string
  let stop: () => Promise<void>
  let browser: Browser
  let page: Page
  const faults: string[] = []

  beforeAll(async () => {
    if (CHROMIUM === undefined) throw new Error(`Chromium is missing: ${INSTALL_CHROMIUM}`)
    author = new Author()
    folder = join(author.home, 'page')
    await author.run(author.home, 'init', 'page', '--language', 'typescript')
    const child = spawn(process.execPath, [LAUNCH, 'dev', '--port', '0'], {
      cwd: folder,
      env: author.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    stop = async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    page = await browser.newPage()
    page.on('pageerror', ({ message }) => faults.push(message))
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    await page.goto(line)
  })
  afterAll(async () => {
    await browser?.close()
    await stop?.()
    await author?.close()
  })

  const state = (words: RegExp) => page.locator('#state', { hasText: words }).waitFor()
  const field = (action: string, name: string) => page.locator(`[id="action-${action}:props.${name}"]`)
  /** What the page shows once it shows `words`: the result of the call before may stand there a moment longer. */
  const count = async (text: string, words: RegExp): Promise<string> => {
    await page.getByRole('link', { name: 'Count words' }).click()
    await field('count_words', 'text').fill(text)
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('#result', { hasText: words }).waitFor()
    return page.locator('#result').innerText()
  }

  test('the form of an action runs it', async () => {
    await state(/^built/)
    const result = await count('to be or not to be', /"words": 6/)
    expect(result).toMatch(/fuel\s+[\d.]+ [kM]/)
  })

  test('while a build fails, it is told and the one before runs; what was typed stays', async () => {
    const file = join(folder, 'src/index.ts')
    const source = await readFile(file, 'utf8')
    await writeFile(file, `${source}\nlet = {\n`)
    await state(/the build fails/)
    expect(await page.locator('#problem').innerText()).toContain('src/index.ts')
    expect(await field('count_words', 'text').inputValue()).toBe('to be or not to be')
    await count('a b', /"words": 2/)
    await writeFile(file, source.replace("displayName: 'Count words'", "displayName: 'Count words again'"))
    await state(/^built/)
    await page.getByRole('link', { name: 'Count words again' }).waitFor()
    expect(await page.locator('#problem').count()).toBe(0)
  })

  test('what is not filled in is refused in words', async () => {
    await page.getByRole('link', { name: 'Get a post' }).click()
    await field('get_post', 'id').fill('1')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('#result', { hasText: 'auth: is required' }).waitFor()
  })

  test('nothing on the page is an error of the page', () => expect(faults).toEqual([]))
})
