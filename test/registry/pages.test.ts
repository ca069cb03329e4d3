/** Every page in a browser: no violation of axe, nothing wider than the screen, no script of a stranger, small. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { embedManifest, type Manifest } from '@ap-wasm/executor'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM, INSTALL_CHROMIUM, NO_BROWSER } from '../browser/chromium.ts'
import { DESCRIPTION, pieceComponent } from '../fixture.ts'
import { generate } from './generator.ts'
import { type Author, artifact, PASSWORD, type Running, signed, startRegistry, statement } from './registry.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PAGE_BYTES = 100 * 1024

const HOSTILE = [
  '# Hello <script>globalThis.hacked = 1</script>',
  '<img src=x onerror="globalThis.hacked = 2"><svg onload="globalThis.hacked = 3"></svg><iframe srcdoc="<script>top.hacked=4</script>"></iframe>',
  '[click](javascript:globalThis.hacked=5) [relative](/account) ![beacon](https://tracker.example/p.png)',
  '<a href="&#106;avascript:globalThis.hacked=6">x</a> <form action="https://evil.example"><input name="password"></form>',
  '<style>body { display: none }</style><p id="main" class="note" style="position: fixed">styled</p>',
  '```\n</code></pre><script>globalThis.hacked = 7</script>\n```',
  '| a | b |\n| - | - |\n| <b onclick=1>c</b> | d |',
].join('\n\n')

/** As long as anybody may make them, and nowhere a place to break. */
const LONG = `@acme/${'long-'.repeat(12)}name`
const UNBROKEN = {
  displayName: 'Unbroken'.repeat(12),
  description: 'x'.repeat(300),
  actions: {
    [`action_${'with_a_long_name_'.repeat(3)}`]: {
      ...{ displayName: 'Somethingverylong'.repeat(6), description: 'y'.repeat(300), requireAuth: true },
      props: {
        text: { type: 'SHORT_TEXT', required: true, displayName: 'Property'.repeat(10), description: 'z'.repeat(200) },
      },
    },
  },
  auth: [{ type: 'SECRET_TEXT', displayName: 'Key'.repeat(30), required: true }],
}

/** Where each page is, and what stands on it. */
const PAGES: { path: string; says: string }[] = [
  { path: '/', says: 'Pieces that say what they may touch' },
  { path: '/search', says: 'All pieces' },
  { path: '/search?q=github&capability=http&language=rust', says: 'Pieces for' },
  { path: '/search?q=nothing-has-this-word', says: 'Nothing fits' },
  { path: '/pieces/@acme/echo', says: 'What it may do' },
  { path: '/pieces/@acme/echo/1.0.0', says: 'There is a newer version' },
  { path: '/pieces/@acme/echo/0.9.0', says: 'it loses data' },
  { path: '/pieces/@acme/echo/versions', says: 'Compare' },
  { path: '/pieces/@acme/echo/diff/1.0.0...1.1.0', says: 'It asks for more' },
  { path: '/pieces/@acme/echo/diff/1.1.0...1.0.0', says: 'It asks for nothing new' },
  { path: '/pieces/@acme/echo/report', says: 'What is wrong' },
  { path: '/authors/acme', says: '@acme' },
  { path: '/docs', says: 'Publish' },
  ...['installing', 'publishing', 'machines', 'score', 'privacy'].map((slug) => ({ path: `/docs/${slug}`, says: '' })),
  { path: '/sign-in', says: 'Sign in' },
  { path: '/sign-up', says: 'Make an account' },
  { path: `/pieces/${LONG}`, says: 'What it may do' },
  { path: `/pieces/${LONG}/versions`, says: '1.0.0' },
  { path: '/search?q=long', says: 'Unbroken' },
  { path: '/pieces/nobody-has-this', says: 'There is no such piece' },
  { path: '/nowhere', says: 'There is nothing here' },
]

describe.skipIf(NO_BROWSER)(
  `the pages${NO_BROWSER ? ` (skipped: ${INSTALL_CHROMIUM})` : ''}`,
  { timeout: 120_000 },
  () => {
    let here: Running
    let browser: Browser
    let acme: Author

    beforeAll(async () => {
      if (CHROMIUM === undefined) throw new Error(`Chromium is missing: ${INSTALL_CHROMIUM}`)
      here = await startRegistry()
      acme = await here.author('acme')
      const { catalog } = here.registry
      const account = (await catalog.accounts.byName('acme'))!
      await generate(catalog.db, { pieces: 50, versions: 100, accountId: account.id, author: 'acme', now: Date.now() })
      for (const version of ['0.9.0', '1.0.0', '1.1.0']) {
        const http = version === '1.1.0' ? { capabilities: { http: ['https://*'] } } : {}
        const bytes = await artifact({ name: '@acme/echo', version, readme: HOSTILE, license: 'MIT', ...http })
        const headers = {
          ...signed(acme.key, '@acme/echo', version, bytes),
          ...statement(acme.key, '@acme/echo', bytes),
        }
        expect((await here.publish(acme, '@acme/echo', version, bytes, headers)).status).toBe(201)
      }
      const description = { ...DESCRIPTION, ...UNBROKEN }
      const hosts = Array.from({ length: 5 }, (_, i) => `https://api-${i}.${'a-very-long-host-name.'.repeat(4)}example`)
      const long = embedManifest(await pieceComponent({ description }), {
        ...{
          name: LONG,
          version: '1.0.0',
          language: 'wat',
          description: description as unknown as Manifest['description'],
        },
        ...{
          readme: `# ${'Unbroken'.repeat(20)}\n\n${'w'.repeat(400)}`,
          repository: `https://example.com/${'path/'.repeat(30)}`,
        },
        capabilities: { http: hosts },
      })
      expect((await here.publish(acme, LONG, '1.0.0', long)).status).toBe(201)
      await catalog.pieces.setYanked('@acme/echo', '0.9.0', 'it loses data')
      await here.registry.catchUp()
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    })
    afterAll(async () => {
      await browser?.close()
      await here?.close()
    })

    async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      await page.goto(here.url + path)
      return page
    }
    async function violations(page: Page): Promise<string[]> {
      await page.evaluate(AXE)
      const found = await page.evaluate(async () => {
        // biome-ignore lint/suspicious/noExplicitAny: axe brings itself as a global.
        const { violations } = await (globalThis as any).axe.run(document)
        return violations.map(
          // biome-ignore lint/suspicious/noExplicitAny: as axe answers.
          (one: any) => `${one.id}: ${one.nodes.map((node: any) => node.html.slice(0, 120)).join(' · ')}`,
        )
      })
      return found as string[]
    }

    describe.each([
      { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
      { colorScheme: 'dark', viewport: { width: 375, height: 812 } },
    ] as const)('$colorScheme, $viewport.width wide', (options) => {
      let page: Page
      beforeAll(async () => {
        page = await (await browser.newContext(options)).newPage()
      })
      afterAll(() => page?.context().close())

      test.each(PAGES)('$path', async ({ path, says }) => {
        await page.goto(here.url + path)
        expect(await page.locator('main').innerText()).toContain(says)
        // What is folded is judged, too.
        await page.locator('details').evaluateAll((all) => {
          for (const one of all) {
            one.removeAttribute('name')
            one.setAttribute('open', '')
          }
        })
        expect(await violations(page)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
        // Nor is a table or a command cut at the edge of a phone, or a label broken within a word.
        const cut = await page.evaluate(() =>
          [...document.querySelectorAll('.scroll, .copy, label.check')]
            .filter((one) => innerWidth < 640 && one.scrollWidth > one.clientWidth + 1)
            .map((one) => one.textContent),
        )
        expect(cut).toEqual([])
      })
    })

    test('a page with all that it loads is small, and loads nothing of elsewhere', async () => {
      const page = await open('/docs')
      let bytes = 0
      const hosts = new Set<string>()
      page.on('response', async (response) => {
        hosts.add(new URL(response.url()).origin)
        bytes += (await response.body().catch(() => Buffer.alloc(0))).length
      })
      await page.goto(`${here.url}/pieces/@acme/echo`, { waitUntil: 'networkidle' })
      expect(bytes).toBeGreaterThan(0)
      expect(bytes).toBeLessThan(PAGE_BYTES)
      expect([...hosts]).toEqual([here.url])
      await page.context().close()
    })

    test('a README runs nothing, styles nothing, sends nothing, and leads nowhere here', async () => {
      const page = await open('/pieces/@acme/echo')
      const said: string[] = []
      page.on('console', (message) => said.push(message.text()))
      await page.reload()
      const readme = page.locator('.prose')
      expect(await page.evaluate(() => (globalThis as { hacked?: number }).hacked)).toBeUndefined()
      expect(
        await readme.locator('script, style, img, svg, iframe, form, input, [onclick], [style], [id], [class]').count(),
      ).toBe(0)
      const links = await readme.locator('a').evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href))
      expect(links).toEqual(['https://tracker.example/p.png'])
      expect(said).toEqual([])
      await page.context().close()
    })

    test('without JavaScript: search, narrow, read, compare', async () => {
      const page = await open('/', { javaScriptEnabled: false })
      await page.getByPlaceholder('Search 52 pieces').fill('echo')
      await page.getByRole('button', { name: 'Search' }).click()
      await page.getByRole('link', { name: 'Fixture' }).click()
      await page.getByRole('link', { name: 'Versions (3)' }).click()
      await page.getByRole('button', { name: 'Show what changed' }).click()
      expect(new URL(page.url()).pathname).toBe('/pieces/@acme/echo/diff/1.0.0...1.1.0')
      expect(await page.locator('main').innerText()).toContain('send requests to ANY public host')
      await page.context().close()
    })

    test('with the keyboard alone: the first stop leads past the header', async () => {
      const page = await open('/search')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
      await page.keyboard.press('Enter')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
      await page.context().close()
    })

    test('an account is made, makes a token that publishes, and lets a command line in', async () => {
      const page = await open('/sign-up')
      await page.getByLabel('Name').fill('newcomer')
      await page.getByLabel('Password').fill('short')
      await page.getByLabel('Password').evaluate((one) => one.removeAttribute('minlength'))
      await page.getByRole('button', { name: 'Make it' }).click()
      expect(await page.getByRole('alert').innerText()).toContain('the password has 5 characters')
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Make it' }).click()
      await page.waitForURL('**/account')
      await page.getByLabel('Name').fill('CI')
      await page.getByLabel('Reaches').fill('@newcomer/*')
      await page.getByRole('button', { name: 'Make it' }).click()
      const token = await page.getByRole('status').locator('code').innerText()
      expect(await violations(page)).toEqual([])
      const newcomer = { ...acme, token }
      const bytes = await artifact({ name: '@newcomer/echo', version: '1.0.0' })
      expect((await here.publish(newcomer, '@newcomer/echo', '1.0.0', bytes, {})).status).toBe(201)

      const begun = await here.ask('POST', '/api/v1/login/device', {
        label: 'laptop',
        publicKey: acme.key.publicKey.replace(/^./, 'x'),
      })
      expect((await here.ask('POST', '/api/v1/login/token', { deviceCode: begun.body.deviceCode })).body.code).toBe(
        'AR_LOGIN_PENDING',
      )
      await page.goto(begun.body.verificationUrl)
      expect(await page.locator('.code').innerText()).toBe(begun.body.userCode)
      expect(await violations(page)).toEqual([])
      await page.getByRole('button', { name: 'Yes, let it in' }).click()
      await page.getByText('The command line is signed in.').waitFor()
      const login = await here.ask('POST', '/api/v1/login/token', { deviceCode: begun.body.deviceCode })
      expect(login.body).toMatchObject({ account: 'newcomer', scope: '*' })
      const again = await here.ask('POST', '/api/v1/login/token', { deviceCode: begun.body.deviceCode })
      expect(again.body.code, 'a code is used once').toBe('AR_LOGIN_ENDED')

      await page.goto(`${here.url}/account`)
      await page.getByText('Change the password').click()
      await page.getByLabel('Password now').fill('wrong horse battery')
      await page.getByLabel('New password').fill('another horse battery')
      await page.getByRole('button', { name: 'Change it' }).click()
      expect(await page.getByRole('alert').innerText()).toContain('no account with that name and password')
      await page.getByText('Change the password').click()
      await page.getByLabel('Password now').fill(PASSWORD)
      await page.getByLabel('New password').fill('another horse battery')
      await page.getByRole('button', { name: 'Change it' }).click()
      await page.getByRole('button', { name: 'Revoke CI' }).click()
      await page.waitForURL('**/account')
      expect((await here.ask('GET', '/api/v1/me', undefined, { authorization: `Bearer ${token}` })).status).toBe(401)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.goto(`${here.url}/account`)
      expect(await page.locator('main').innerText()).toContain('Nobody is signed in')
      await page.context().close()
    })

    const FORMS: { name: string; headers: Record<string, string>; status: number }[] = [
      { name: 'of another site', headers: { origin: 'https://evil.example' }, status: 403 },
      { name: 'of a page without an origin', headers: { origin: 'null' }, status: 403 },
      { name: 'that a browser calls cross-site', headers: { 'sec-fetch-site': 'cross-site' }, status: 403 },
    ]
    test.each(FORMS)('a form $name is refused', async ({ headers, status }) => {
      const answer = await here.fetch('/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', ...headers },
        body: new URLSearchParams({ name: 'acme', password: PASSWORD }),
      })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('set-cookie')).toBeNull()
    })

    test('a sign-in leads back to a page of ours alone', async () => {
      for (const [next, to] of [
        ['/device?code=BCDF-GHJK', '/device?code=BCDF-GHJK'],
        ['//evil.example', '/account'],
        ['https://evil.example', '/account'],
        ['/\\evil.example', '/account'],
      ] as const) {
        const answer = await here.fetch('/sign-in', {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: here.url },
          body: new URLSearchParams({ name: 'acme', password: PASSWORD, next }),
        })
        expect([answer.status, answer.headers.get('location')]).toEqual([303, to])
        expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/)
      }
    })

    test('a report reaches a moderator, who hides the piece', async () => {
      const visitor = await open('/pieces/@acme/echo/report')
      await visitor.getByLabel('What you saw').fill('it mines coins')
      await visitor.getByRole('button', { name: 'Send' }).click()
      await visitor.getByText('Thank you.').waitFor()
      await visitor.context().close()

      await here.author('keeper')
      await here.registry.catalog.accounts.setRole('keeper', 'moderator')
      const page = await open('/sign-in?next=/moderation')
      await page.getByLabel('Name').fill('keeper')
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('it mines coins').waitFor()
      expect(await violations(page)).toEqual([])
      await page.getByLabel('Reason, or what was found').fill('it does mine coins')
      await page.getByRole('button', { name: 'Hide the piece' }).click()
      await page.getByText('There is none.').waitFor()
      await page.goto(`${here.url}/pieces/@acme/echo`)
      expect(await page.locator('main').innerText()).toContain('it does mine coins')
      await page.context().close()
    })
  },
)
