/** Pieces tried in a real browser, on the pages of a real registry: what they do, and what nobody lets them do. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Frame, type FrameLocator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { ANSWERS, WRITES_FILE } from '../api/pieces.ts'
import { artifact, startServer } from '../api/server.ts'
import { CHROMIUM, INSTALL_CHROMIUM, NO_BROWSER } from '../browser/chromium.ts'
import type { Fixture } from '../fixture.ts'
import { type Author, type Running, startRegistry } from './registry.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** What it answers, as far as it is read here. */
interface Axe {
  run(of: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
}

const SECRET = 'a-secret-that-stays-here-4711'
const PAGE_BYTES = 100 * 1024
const FRAME_BYTES = 150 * 1024

const member = { displayName: 'Go', description: 'For a test.', requireAuth: false } as const
const described = {
  ...{ contract: '0.1', encoding: 'json', sdk: { language: 'wat', version: '0.1.0' } },
  ...{ displayName: 'Fixture', description: 'A piece made of text.', authors: [], categories: [], triggers: {} },
}
const withText = (fixture: Fixture = {}, more: object = {}): Fixture => ({
  ...fixture,
  description: {
    ...described,
    auth: [{ type: 'SECRET_TEXT', displayName: 'Key', required: true }],
    actions: {
      go: {
        ...member,
        props: {
          text: { type: 'SHORT_TEXT', displayName: 'Text', required: true },
          many: {
            type: 'STATIC_MULTI_SELECT_DROPDOWN',
            displayName: 'Many',
            required: false,
            options: {
              options: [
                { label: 'One', value: 1 },
                { label: 'Two', value: 2 },
              ],
            },
          },
          sure: { type: 'CHECKBOX', displayName: 'Sure', required: false },
          usual: { type: 'CHECKBOX', displayName: 'Usual', required: false, defaultValue: true },
          file: { type: 'FILE', displayName: 'File', required: false },
          json: { type: 'JSON', displayName: 'Data', required: false },
          ...more,
        },
      },
      other: { ...member, displayName: 'Other', props: {} },
    },
  },
})

/** Of a form with a control of each kind: what a case does not name is as the form begins, a file is held beside its control. */
const CASES = [
  {
    description: 'All',
    action: 'go',
    props: { text: 'a', many: [2], usual: false, json: [1], file: { filename: 'b', data: 'aGk=' } },
  },
  { description: 'Little', action: 'go', props: { text: 'c' } },
]
/** What is asked while a flow is built, and not of an action. */
const RESOLUTIONS = [
  { description: 'Lists of a text', resolve: 'actions/go/props/list', props: { text: 'd' } },
  { description: 'A key that holds', resolve: 'auth/validate', auth: { type: 'SECRET_TEXT', secret_text: 'key' } },
  { description: 'Of a property that is not there', resolve: 'actions/none/props/list' },
]
const LIST = { list: { type: 'DROPDOWN', displayName: 'List', required: false, refreshers: ['text'] } }

/** Each under a name of its own; the value is what it does. */
const PIECES: Record<string, Fixture> = {
  echo: withText(),
  trap: withText({ action: '(unreachable)' }),
  loop: withText({ action: '(loop $for-ever (br $for-ever))' }),
  writes: withText(WRITES_FILE('page.html', 'text/html', '<script>top.hacked=1</script>')),
  resolves: withText(ANSWERS('{"options":[{"label":"A","value":1}]}', 'resolve'), LIST),
  grow: withText({
    action: '(loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)',
  }),
}

describe.skipIf(NO_BROWSER)(
  `the playground${NO_BROWSER ? ` (skipped: ${INSTALL_CHROMIUM})` : ''}`,
  { timeout: 180_000 },
  () => {
    let here: Running
    let acme: Author
    let browser: Browser
    let context: BrowserContext
    let page: Page
    let frame: FrameLocator
    /** Everything that left the browser's context. */
    let sent: { url: string; text: string }[]
    let faults: string[]
    /** Nobody may reach it. */
    let outside: Server
    let reached: string[]

    beforeAll(async () => {
      if (CHROMIUM === undefined) throw new Error(`Chromium is missing: ${INSTALL_CHROMIUM}`)
      here = await startRegistry()
      acme = await here.author('acme')
      for (const [name, fixture] of Object.entries(PIECES)) {
        const more = name === 'writes' ? { capabilities: { files: ['write'] as const } } : {}
        const cases = name === 'resolves' ? RESOLUTIONS : CASES
        const bytes = await artifact({ name: `@acme/${name}`, cases, ...more } as never, fixture)
        const { status, body } = await here.publish(acme, `@acme/${name}`, '1.0.0', bytes)
        expect({ status, body }).toMatchObject({ status: 201 })
      }
      await here.registry.catchUp()
      outside = createServer((request, response) => {
        reached.push(request.url ?? '')
        response.setHeader('access-control-allow-origin', '*').end('reached')
      }).listen(0, '127.0.0.1')
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    })
    afterAll(async () => {
      await browser?.close()
      outside?.close()
      await here?.close()
    })
    beforeEach(() => {
      reached = []
      sent = []
      faults = []
    })
    afterEach(() => context?.close())

    const outsideUrl = (): string => `http://127.0.0.1:${(outside.address() as AddressInfo).port}`

    async function open(piece: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
      context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      page = await context.newPage()
      page.setDefaultTimeout(60_000)
      context.on('request', (request) => {
        const text = `${JSON.stringify(request.headers())}${request.postData() ?? ''}`
        sent.push({ url: request.url(), text })
      })
      page.on('pageerror', ({ message }) => faults.push(message))
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
      await page.goto(`${here.url}/pieces/@acme/${piece}/1.0.0/try`)
      frame = page.frameLocator('#playground iframe')
      await frame.locator('#state', { hasText: /ready|cannot/ }).waitFor()
    }
    const field = (name: string) => frame.locator(`[id="action-go:props.${name}"]`)
    const run = async (says: RegExp, text = 'x'): Promise<string> => {
      await field('text').fill(text)
      await frame.getByRole('button', { name: 'Run' }).click()
      await frame.locator('#result', { hasText: says }).waitFor()
      return frame.locator('#result').innerText()
    }
    const inner = (): Frame => page.frames().find((one) => one !== page.mainFrame())!

    describe('a call', () => {
      test('gets what was entered, as an executor would hand it over, and shows what came back and what it cost', async () => {
        await open('echo')
        await field('many').selectOption(['1', '2'])
        await field('sure').check()
        await field('json').fill('{"deep": [1, {"a": null}]}')
        await field('file').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('hi') })
        const shown = await run(/Output/, 'grüße 🌍')
        const output = JSON.parse(await frame.locator('#result pre').first().innerText())
        expect(output.props).toMatchObject({
          text: 'grüße 🌍',
          many: [1, 2],
          sure: true,
          json: { deep: [1, { a: null }] },
        })
        expect(output.props.file).toMatchObject({ filename: 'a.txt', mediaType: 'text/plain', size: 2 })
        expect(output.run).toMatchObject({ projectId: 'project', flowId: 'flow', executionType: 'BEGIN' })
        expect(shown).toMatch(/fuel\s+[\d.]+ [kM]?/)
        expect(await frame.locator('meter').count()).toBe(3)
        expect(faults).toEqual([])
      })

      test('begins with an example, and with the next as if there had been none before', async () => {
        await open('echo')
        const output = async (example: string) => {
          await frame.locator('#example').selectOption({ label: `Go: ${example}` })
          await frame.getByRole('button', { name: 'Run' }).click()
          await frame.locator('#result pre', { hasText: example === 'All' ? '"a"' : '"c"' }).waitFor()
          return JSON.parse(await frame.locator('#result pre').first().innerText()).props
        }
        expect(await output('All')).toMatchObject({
          text: 'a',
          many: [2],
          usual: false,
          json: [1],
          file: { filename: 'b' },
        })
        const { text, many, usual, json, file } = await output('Little')
        expect({ text, many, usual, json, file }).toEqual({ text: 'c', usual: true })
      })

      test('whose example resolves leads to the button that asks', async () => {
        await open('resolves')
        const titles = await frame.locator('#example option').allInnerTexts()
        expect(titles).toEqual(['none', 'Go (list): Lists of a text', 'Connection: A key that holds'])
        await frame.locator('#example').selectOption({ label: 'Go (list): Lists of a text' })
        expect(await field('text').inputValue()).toBe('d')
        const focused = frame.locator(':focus')
        expect(await focused.getAttribute('data-options')).toBe('actions/go/props/list')
        await focused.press('Enter')
        await frame.locator('[id="action-go:props.list"] option', { hasText: 'A' }).waitFor({ state: 'attached' })
        await frame.locator('#example').selectOption({ label: 'Connection: A key that holds' })
        expect(await focused.getAttribute('data-check')).toBe('auth/validate')
      })

      test('that writes a file offers it as bytes, under its name', async () => {
        await open('writes')
        await run(/Output/)
        await frame.locator('#result summary', { hasText: 'page.html' }).click()
        const begun = page.waitForEvent('download')
        await frame.getByRole('link', { name: 'Save it' }).click()
        const download = await begun
        expect(download.suggestedFilename()).toBe('page.html')
        expect(readFileSync(await download.path(), 'utf8')).toBe('<script>top.hacked=1</script>')
        expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false)
        expect(faults).toEqual([])
      })

      test('is no pull: who looks at a piece has not taken it', async () => {
        const pulls = async (): Promise<number> => {
          await here.registry.catalog.downloads.flush()
          return (await here.ask('GET', '/api/v1/pieces/@acme/echo')).body.downloads
        }
        const before = await pulls()
        await open('echo')
        await run(/Output/)
        expect(await pulls()).toBe(before)
        await here.fetch('/api/v1/pieces/@acme/echo/1.0.0/artifact').then((answer) => answer.arrayBuffer())
        expect(await pulls()).toBe(before + 1)
      })

      const REFUSED: { name: string; enter: () => Promise<unknown>; says: RegExp }[] = [
        {
          name: 'what is required and missing',
          enter: () => field('text').evaluate((one) => one.removeAttribute('required')),
          says: /props\.text: is required/,
        },
        { name: 'JSON that is none', enter: () => field('json').fill('{'), says: /props\.json: .*JSON/ },
      ]
      test.each(REFUSED)('is not made with $name', async ({ enter, says }) => {
        await open('echo')
        const refused = async () => {
          await enter()
          await frame.getByRole('button', { name: 'Run' }).click()
          await frame.locator('#result', { hasText: says }).waitFor({ timeout: 5_000 })
        }
        if (says.source.includes('JSON')) await field('text').fill('x')
        // A click on a page that still moves is lost.
        await vi.waitFor(refused, { timeout: 40_000 })
      })

      test('that crashes is an error of the piece, and the next call runs', async () => {
        await open('trap')
        for (const _ of [1, 2]) expect(await run(/AP_TRAPPED/)).toContain('unreachable')
      })

      test('that asks for more memory than it may have is told so', async () => {
        await open('grow')
        const shown = await run(/AP_TRAPPED/)
        expect(shown).toMatch(/memory\s+128\.00 MiB/)
        expect(shown).toMatch(/memory\s+100 %/)
      })

      test('that never ends is stopped by its fuel, while the page lives on', async () => {
        await open('loop')
        await frame.locator('summary', { hasText: 'Limits' }).click()
        await frame.locator('[data-limit=fuel]').fill('50000000')
        expect(await run(/AP_FUEL_EXCEEDED/)).toContain('fuel is 50000000')
        expect(await page.evaluate(() => document.title)).toContain('Try Fixture')
      })

      test('that never ends is stopped by its visitor', async () => {
        await open('loop')
        await field('text').fill('x')
        await frame.getByRole('button', { name: 'Run' }).click()
        await frame.getByRole('button', { name: 'Stop' }).click()
        await frame.locator('#result', { hasText: 'AP_CANCELLED' }).waitFor()
      })

      test('whose worker hears nothing any more loses it, and the next call has another', async () => {
        await open('echo')
        await run(/Output/)
        const [worker] = page.workers()
        // As if the engine were stuck in one instruction.
        void worker!
          .evaluate(() => {
            for (;;);
          })
          .catch(() => {})
        await frame.locator('summary', { hasText: 'Limits' }).click()
        await frame.locator('[data-limit=wallMs]').fill('300')
        await run(/AP_WALL_EXCEEDED/)
        await frame.locator('[data-limit=wallMs]').fill('20000')
        await run(/Output/)
      })
    })

    describe('what a component cannot reach, even if it broke out of WebAssembly', () => {
      /** Run in the worker beside the component; each says what it got. */
      const ESCAPES: Record<string, string> = {
        'the network by fetch': 'fetch(URL_).then((r) => r.text())',
        'the registry': 'fetch(REGISTRY + "/api/v1/pieces").then((r) => r.text())',
        'the playground’s own origin': 'fetch(PLAYGROUND + "/run").then((r) => r.text())',
        'the network by XMLHttpRequest':
          'new Promise((ok, no) => { const x = new XMLHttpRequest(); x.onload = () => ok("loaded"); x.onerror = () => no(new Error("refused")); x.open("GET", URL_); x.send() })',
        'the network by a socket':
          'new Promise((ok, no) => { const s = new WebSocket(URL_.replace("http", "ws")); s.onopen = () => ok("open"); s.onerror = () => no(new Error("refused")) })',
        'the network by events':
          'new Promise((ok, no) => { const s = new EventSource(URL_); s.onopen = () => ok("open"); s.onerror = () => no(new Error("refused")) })',
        'a script of elsewhere': 'Promise.resolve().then(() => importScripts(URL_))',
        'a module of elsewhere': 'import(URL_)',
        'a database':
          'new Promise((ok, no) => { const r = indexedDB.open("x"); r.onsuccess = () => ok("open"); r.onerror = () => no(r.error) })',
        'a cache': 'Promise.resolve().then(() => caches.open("x"))',
        'files of the origin': 'Promise.resolve().then(() => navigator.storage.getDirectory())',
        'code from text': 'new Promise((turn) => setTimeout(turn)).then(() => new Function("return 1")())',
      }
      const named = (code: string): string =>
        code
          .replaceAll('URL_', JSON.stringify(`${outsideUrl()}/x`))
          .replaceAll('REGISTRY', JSON.stringify(here.url))
          .replaceAll('PLAYGROUND', JSON.stringify(here.playgroundUrl))

      test('from its worker', async () => {
        await open('echo')
        const [worker] = page.workers()
        const got: Record<string, unknown> = {}
        for (const [what, code] of Object.entries(ESCAPES))
          got[what] = await worker!.evaluate(
            `(${named(code)}).then((got) => 'got ' + got, (error) => 'refused: ' + (error && error.message))`,
          )
        expect(Object.entries(got).filter(([, one]) => !String(one).startsWith('refused: '))).toEqual([])
        expect(reached).toEqual([])
      })

      const IN_FRAME: Record<string, string> = {
        'the page around it': 'return parent.document.title',
        'the page’s address': 'return parent.location.href',
        'the page, by leading it elsewhere': 'top.location.href = URL_',
        'another window': 'if (!open(URL_)) throw new Error("refused")',
        storage: 'return localStorage.length',
        'the storage of a session': 'return sessionStorage.length',
        cookies: 'return document.cookie',
        'a dialog': 'if (!confirm("sure?")) throw new Error("refused")',
      }
      test('from its frame', async () => {
        await open('echo')
        const got: Record<string, unknown> = {}
        for (const [what, code] of Object.entries(IN_FRAME))
          got[what] = await inner().evaluate(
            `(() => { try { return 'got ' + (() => { ${named(code)} })() } catch (error) { return 'refused: ' + error.message } })()`,
          )
        expect(Object.entries(got).filter(([, one]) => !String(one).startsWith('refused: '))).toEqual([])
        expect(page.url()).toContain('/try')
        expect(context.pages()).toHaveLength(1)
        expect(reached).toEqual([])
      })

      const LOADS: Record<string, string> = {
        'an image': 'const i = new Image(); i.src = URL_; document.body.append(i)',
        'a script': 'const s = document.createElement("script"); s.src = URL_; document.body.append(s)',
        'a script of its own':
          'const s = document.createElement("script"); s.textContent = "globalThis.ran = 1"; document.body.append(s)',
        'a style':
          'const l = document.createElement("link"); l.rel = "stylesheet"; l.href = URL_; document.head.append(l)',
        'what might be wanted later':
          'const l = document.createElement("link"); l.rel = "prefetch"; l.href = URL_; document.head.append(l)',
        'another frame': 'const f = document.createElement("iframe"); f.src = URL_; document.body.append(f)',
        'a form':
          'const f = document.createElement("form"); f.action = URL_; f.method = "post"; document.body.append(f); f.submit()',
        'a beacon': 'navigator.sendBeacon(URL_, "x")',
      }
      test('by loading', async () => {
        await open('echo')
        for (const code of Object.values(LOADS))
          await inner()
            .evaluate(`{ ${named(code)} }`)
            .catch(() => {})
        expect(await inner().evaluate(() => (globalThis as { ran?: number }).ran)).toBeUndefined()
        await inner()
          .evaluate(`{ ${named('location.href = URL_')} }`)
          .catch(() => {})
        // What was sent before is there before.
        await page.evaluate(() => fetch('/health').then((response) => response.text()))
        expect(reached).toEqual([])
        expect(inner().url()).not.toContain(outsideUrl())
      })
    })

    describe('what a visitor types', () => {
      test('leaves the page in no request and stands in no storage', async () => {
        await open('echo')
        await frame.locator('#connection input[type=password]').fill(SECRET)
        const shown = await run(/Output/, `${SECRET} in a text`)
        expect(shown).toContain(SECRET)
        await page.reload()
        await frame.locator('#state', { hasText: /ready/ }).waitFor()
        expect(sent.length).toBeGreaterThan(3)
        expect(sent.filter(({ url, text }) => (url + text).includes(SECRET))).toEqual([])
        // Of the frame, and of a frame that reaches an executor: the registry's page and these are all that is asked for.
        const origins = new Set(sent.map(({ url }) => new URL(url).origin))
        expect([...origins].filter((one) => one !== 'null').sort()).toEqual([here.url, here.playgroundUrl].sort())
        expect(JSON.stringify(await context.storageState())).not.toContain(SECRET)
        expect(
          await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])),
        ).not.toContain(SECRET)
        expect(await frame.locator('#connection input[type=password]').inputValue()).toBe('')
      })

      test('the playground’s origin is sent no cookie of the registry', async () => {
        await open('echo')
        await context.addCookies([{ name: 'session', value: SECRET, url: here.url }])
        await page.reload()
        await frame.locator('#state', { hasText: /ready/ }).waitFor()
        const toFrame = sent.filter(({ url }) => url.startsWith(here.playgroundUrl))
        expect(toFrame.length).toBeGreaterThan(0)
        expect(toFrame.filter(({ text }) => text.includes(SECRET))).toEqual([])
      })
    })

    describe('through the visitor’s own executor', () => {
      test('the call runs there, with a key that goes nowhere else', async () => {
        const executor = await startServer({ allowOrigins: [here.playgroundUrl] })
        try {
          expect(await executor.deploy(await artifact({ name: '@acme/echo' }, PIECES.echo))).toMatchObject({
            status: 201,
          })
          const { key } = await executor.executor.keys.add('default', ['call'])
          await open('echo')
          await page.getByText('Let your own executor run it').click()
          await page.getByLabel('Its address').fill(executor.url)
          await page.getByRole('button', { name: 'Use it' }).click()
          await frame.locator('#state', { hasText: 'ready' }).waitFor()
          expect(page.workers()).toEqual([])
          sent = []
          await run(/AP_UNAUTHORIZED/)
          await frame.locator('#key').fill(key)
          await frame.locator('#connection input[type=password]').fill(SECRET)
          expect(await run(/Output/, 'there')).toContain('there')
          const withKey = sent.filter(({ url, text }) => (url + text).includes(key) || text.includes(SECRET))
          expect(withKey.length).toBeGreaterThan(0)
          expect(
            withKey.filter(
              ({ url }) => !decodeURIComponent(url).startsWith(`${executor.url}/v1/pieces/@acme/echo/1.0.0/actions/go`),
            ),
          ).toEqual([])
          // This frame has an origin and a network: it can run no component, and reaches nobody else.
          const got = await inner().evaluate(
            async (url) => [
              await fetch(url).then(
                () => 'reached',
                () => 'refused',
              ),
              await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(
                () => 'compiled',
                () => 'refused',
              ),
            ],
            outsideUrl(),
          )
          expect(got).toEqual(['refused', 'refused'])
          expect(reached).toEqual([])
        } finally {
          await executor.close()
        }
      })

      test('one that does not answer is told, with the line that is missing', async () => {
        await open('echo')
        await page.getByText('Let your own executor run it').click()
        await page.getByLabel('Its address').fill(outsideUrl().replace(/\d+$/, '1'))
        await page.getByRole('button', { name: 'Use it' }).click()
        await frame.locator('#state', { hasText: 'ready' }).waitFor()
        expect(await run(/did not answer/)).toContain(`AP_WASM_ALLOW_ORIGINS: ${here.playgroundUrl}`)
      })

      test.each([
        '',
        'https://a.example/path',
        'http://a.example',
        'javascript:alert(1)',
        "https://a.example'; script-src *",
        '*',
        'null',
      ])('%j is no executor', async (executor) => {
        const response = await fetch(`${here.playgroundUrl}/through?${new URLSearchParams({ executor })}`)
        expect(response.status).toBe(400)
        expect(await response.text()).toContain('"executor" is an origin')
      })
    })

    describe('the documents', () => {
      test('are held by the registry’s pages alone, set no cookie, are small, and name no address', async () => {
        const response = await fetch(`${here.playgroundUrl}/run`, { headers: { 'accept-encoding': 'br' } })
        const policy = response.headers.get('content-security-policy')!
        expect(policy).toContain(`frame-ancestors ${here.url};`)
        expect(policy).toContain("connect-src 'none'")
        expect(policy).toMatch(/sandbox allow-scripts allow-downloads$/)
        expect(policy.replace(/frame-ancestors [^;]*;/, '')).not.toContain('http')
        expect(response.headers.get('set-cookie')).toBeNull()
        expect(Number(response.headers.get('content-length'))).toBeLessThan(FRAME_BYTES)
      })

      test.each([
        ['GET', '/', 404],
        ['GET', '/api/v1/pieces', 404],
        ['POST', '/run', 405],
      ])('%s %s is nothing there', async (method, path, status) => {
        expect((await fetch(here.playgroundUrl + path, { method })).status).toBe(status)
      })

      test('the page is small without them', async () => {
        const bytes = new Map<string, number>()
        await open('echo')
        page.on('response', async (response) =>
          bytes.set(response.url(), (await response.body().catch(() => Buffer.alloc(0))).length),
        )
        await page.reload({ waitUntil: 'networkidle' })
        const own = [...bytes].filter(([url]) => url.startsWith(here.url) && !url.endsWith('/tried'))
        expect(own.length).toBeGreaterThan(2)
        expect(own.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(PAGE_BYTES)
      })

      test('a page of elsewhere cannot hold the frame', async () => {
        context = await browser.newContext()
        page = await context.newPage()
        await page.route('https://evil.example/', (route) =>
          route.fulfill({ contentType: 'text/html', body: `<iframe src="${here.playgroundUrl}/run"></iframe>` }),
        )
        await page.goto('https://evil.example/')
        expect(inner().url()).toMatch(/^chrome-error:/)
      })
    })

    describe.each([
      { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
      { colorScheme: 'dark', viewport: { width: 375, height: 812 } },
    ] as const)('$colorScheme, $viewport.width wide', (options) => {
      test('no violation of axe, in page and frame; nothing wider than the screen; all by keyboard', async () => {
        await open('echo', options)
        await field('text').focus()
        await page.keyboard.type('typed')
        await page.keyboard.press('Enter')
        await frame.locator('#result', { hasText: 'typed' }).waitFor()
        for (const one of page.frames()) {
          await one.locator('details').evaluateAll((all) => all.map((each) => each.setAttribute('open', '')))
          await one.evaluate(AXE)
          const found = await one.evaluate(async () => {
            const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run(document, { iframes: false })
            return violations.map(
              ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' · ')}`,
            )
          })
          expect(found).toEqual([])
          expect(await one.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
        }
      })
    })
  },
)
