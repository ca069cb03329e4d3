/** The sample piece in each language, tried in a real browser: its examples, with requests that nobody sends. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedManifest, type Manifest } from '@ap-wasm/executor'
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifestCases } from '../../packages/cli/src/cases.ts'
import { toolchainOf } from '../../packages/cli/src/toolchain/index.ts'
import { startServer } from '../api/server.ts'
import { CHROMIUM, INSTALL_CHROMIUM, NO_BROWSER } from '../browser/chromium.ts'
import { built } from '../built.ts'
import { Author as CommandLine } from '../e2e/author.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { type Author, type Running, startRegistry } from './registry.ts'

const TEMPLATES = fileURLToPath(new URL('../../templates/', import.meta.url))
const LANGUAGES = await Promise.all(
  readdirSync(TEMPLATES).map(async (language) => ({ language, lack: await lacking(language) })),
)

describe.skipIf(NO_BROWSER)(
  `the sample piece in the playground${NO_BROWSER ? ` (skipped: ${INSTALL_CHROMIUM})` : ''}`,
  { timeout: 600_000 },
  () => {
    let here: Running
    /** Describes what has no manifest yet. */
    let executor: Awaited<ReturnType<typeof startServer>>
    let acme: Author
    let browser: Browser

    beforeAll(async () => {
      if (CHROMIUM === undefined) throw new Error(`Chromium is missing: ${INSTALL_CHROMIUM}`)
      here = await startRegistry()
      executor = await startServer({ isolation: 'shared' })
      acme = await here.author('acme')
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    })
    afterAll(async () => {
      await browser?.close()
      await executor?.close()
      await here?.close()
    })

    /** Cargo finds the SDK where `init` puts it, below the piece; the other languages' tools find the clone's. */
    async function sample(language: string): Promise<Uint8Array> {
      if (language !== 'rust') return built(`templates/${language}`, language)
      const author = new CommandLine()
      try {
        await author.run(author.home, 'init', 'sample', '--language', language)
        return (await toolchainOf(language).build(join(author.home, 'sample'), { cacheFolder: TOOL_CACHE })).component
      } finally {
        await author.close()
      }
    }

    /** As `ap-wasm build` makes it. */
    async function artifactOf(language: string): Promise<Uint8Array> {
      const component = await sample(language)
      const { $schema: _, ...piece } = JSON.parse(readFileSync(`${TEMPLATES}${language}/piece.json`, 'utf8'))
      const { cases } = await manifestCases(`${TEMPLATES}${language}/tests`)
      const description = (await executor.executor.describe('author', component)) as Manifest['description']
      return embedManifest(component, { ...piece, name: `@acme/${language}`, version: '0.1.0', cases, description })
    }

    describe.each(LANGUAGES)('in $language', ({ language, lack }) => {
      let page: Page
      let frame: FrameLocator
      const asked: string[] = []

      const example = async (title: RegExp): Promise<void> => {
        const option = await frame.locator('#example option', { hasText: title }).first().getAttribute('value')
        await frame.locator('#example').selectOption(option!)
      }
      const run = async (says: RegExp): Promise<string> => {
        await frame.locator('section.member:not([hidden]) button[type=submit]').click()
        await frame.locator('#result', { hasText: says }).waitFor()
        return frame.locator('#result').innerText()
      }

      test.skipIf(lack !== undefined)(`its examples run${lack ? ` (skipped: ${lack})` : ''}`, async () => {
        const bytes = await artifactOf(language)
        expect(await here.publish(acme, `@acme/${language}`, '0.1.0', bytes)).toMatchObject({ status: 201 })
        await here.registry.catchUp()
        page = await browser.newPage()
        page.setDefaultTimeout(300_000)
        page.on('request', (request) => asked.push(request.url()))
        await page.goto(`${here.url}/pieces/@acme/${language}/latest/try`)
        frame = page.frameLocator('#playground iframe')
        const start = page.locator('[data-start]')
        if (await start.isVisible()) await start.click()
        await frame.locator('#state', { hasText: /ready|cannot/ }).waitFor()

        await example(/Counts without any network/)
        expect(await run(/Output/)).toMatch(/"words": 3/)
        expect(await frame.locator('#exchanges').innerText()).toBe('None.')

        await example(/Reads a post/)
        expect(await run(/Output/)).toMatch(/"title": "Seven"/)
        expect(await frame.locator('#exchanges').innerText()).toMatch(/GET .*\/posts\/7 200/)

        await example(/does not exist/)
        expect(await run(/Failure/)).toContain('not_found')

        // Each answer counts once, and what none fits can be answered by a click.
        await frame.locator('#mocks').evaluate((one) => {
          ;(one as HTMLTextAreaElement).value = '[]'
        })
        await run(/Failure|Error/)
        expect(await frame.locator('#exchanges').innerText()).toContain('no answer fits')
        await frame.getByRole('button', { name: 'Answer it' }).click()
        expect(JSON.parse(await frame.locator('#mocks').inputValue())).toMatchObject([
          { request: { url: 'https://jsonplaceholder.typicode.com/posts/0' }, response: { status: 200 } },
        ])

        await example(/before the last post/)
        await run(/Output/)
        expect(await frame.locator('#kept').innerText()).toMatch(/flow lastItem/)

        expect(asked.filter((url) => !/^(http:\/\/(127\.0\.0\.1|localhost):|blob:)/.test(url))).toEqual([])
        await page.close()
      })
    })
  },
)
