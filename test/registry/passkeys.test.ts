/** Passkeys in a real browser with its virtual authenticator, and what becomes of answers that were not asked for. */
import { createServer } from 'node:net'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CHROMIUM, INSTALL_CHROMIUM, NO_BROWSER } from '../browser/chromium.ts'
import { PASSWORD, type Running, startRegistry } from './registry.ts'

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** What the browser sends: of its answer, what cases change. */
interface Answer {
  response: { id: string; response: { clientDataJSON: string; signature: string } }
}

describe.skipIf(NO_BROWSER)(
  `passkeys${NO_BROWSER ? ` (skipped: ${INSTALL_CHROMIUM})` : ''}`,
  { timeout: 120_000 },
  () => {
    let here: Running
    let browser: Browser
    let context: BrowserContext
    let page: Page
    let authenticator: { cdp: CDPSession; id: string }
    /** As visitors name it: there is no passkey for an address. */
    let url: string

    beforeAll(async () => {
      if (CHROMIUM === undefined) throw new Error(`Chromium is missing: ${INSTALL_CHROMIUM}`)
      const port = await freePort()
      url = `http://localhost:${port}`
      here = await startRegistry({ port, publicUrl: url })
      await here.author('acme')
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    })
    afterAll(async () => {
      await browser?.close()
      await here?.close()
    })
    beforeEach(async () => {
      context = await browser.newContext()
      page = await context.newPage()
      authenticator = await plugIn(page)
    })
    afterEach(() => context?.close())

    async function plugIn(page: Page, isUserVerified = true): Promise<{ cdp: CDPSession; id: string }> {
      const cdp = await page.context().newCDPSession(page)
      await cdp.send('WebAuthn.enable')
      const { authenticatorId: id } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
          ...{ isUserVerified, automaticPresenceSimulation: true },
        },
      })
      return { cdp, id }
    }
    const keysHeld = async (): Promise<number> =>
      (await authenticator.cdp.send('WebAuthn.getCredentials', { authenticatorId: authenticator.id })).credentials
        .length

    async function signInByPassword(name = 'acme', password = PASSWORD): Promise<void> {
      await page.goto(`${url}/sign-in`)
      await page.getByLabel('Name').fill(name)
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForURL('**/account')
    }
    async function add(label: string, password = PASSWORD): Promise<void> {
      await page.getByText('Add a passkey').click()
      await page.getByLabel('Its name').fill(label)
      await page.getByLabel('Your password').fill(password)
      await page.getByRole('button', { name: 'Add it' }).click()
    }
    const row = (label: string) => page.getByRole('region', { name: 'Passkeys' }).getByRole('row', { name: label })
    const button = () => page.getByRole('button', { name: 'Sign in with a passkey' })

    test('one is added, signs in, leads where the visitor wanted to go, and is removed', async () => {
      await signInByPassword()
      await add('laptop')
      await row('laptop').getByText('never').waitFor()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.waitForURL(`${url}/`)

      await page.goto(`${url}/sign-in?next=/device`)
      await button().click()
      await page.waitForURL(`${url}/device`)
      await page.goto(`${url}/account`)
      expect(await row('laptop').innerText()).not.toContain('never')
      const entries = await here.registry.catalog.moderation.entries('acme')
      expect(entries[0]).toMatchObject({ account: 'acme', action: 'passkey', detail: 'laptop' })

      await page.getByRole('button', { name: 'Remove laptop' }).click()
      await page.waitForURL('**/account')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.goto(`${url}/sign-in`)
      await button().click()
      await page.getByText('no account has this passkey').waitFor()
      expect(page.url()).toBe(`${url}/sign-in`)
    })

    test('adding one needs the password', async () => {
      await signInByPassword()
      await add('laptop', 'wrong horse battery')
      await page.getByText('there is no account with that name and password').waitFor()
      expect(await keysHeld()).toBe(0)
    })

    test('the same authenticator is registered once', async () => {
      await signInByPassword()
      await add('first')
      await row('first').waitFor()
      await add('second')
      await page.locator('form[data-passkey] [role=status]').getByText(/./).waitFor()
      expect(await keysHeld()).toBe(1)
      await page.getByRole('button', { name: 'Remove first' }).click()
    })

    test('an authenticator that does not check its user opens nothing', async () => {
      await authenticator.cdp.send('WebAuthn.setUserVerified', {
        authenticatorId: authenticator.id,
        isUserVerified: false,
      })
      await signInByPassword()
      await add('laptop')
      await page.locator('form[data-passkey] [role=status]').getByText('No passkey was chosen.').waitFor()
      expect((await here.registry.catalog.accounts.byName('acme')) && (await keysHeld())).toBe(0)
    })

    describe('what was not asked for', () => {
      /** The answer that the browser gives to what this registry asks now, without sending it. */
      async function answerOf(): Promise<Answer> {
        await context.clearCookies()
        await page.goto(`${url}/sign-in`)
        const { promise, resolve } = Promise.withResolvers<Answer>()
        await page.route('**/sign-in/passkey', async (route) => {
          resolve(route.request().postDataJSON())
          await route.abort()
        })
        await button().click()
        return promise
      }
      const send = (body: unknown) => here.ask('POST', '/sign-in/passkey', body, { origin: url })

      beforeEach(async () => {
        await signInByPassword()
        await add('laptop')
        await row('laptop').waitFor()
      })
      afterEach(async () => {
        const { accounts, passkeys } = here.registry.catalog
        const { id } = (await accounts.byName('acme'))!
        for (const one of await passkeys.list(id)) await passkeys.remove(id, one.id)
      })

      test('an answer opens once', async () => {
        const answer = await answerOf()
        expect((await send(answer)).status).toBe(200)
        expect(await send(answer)).toMatchObject({ status: 401, body: { code: 'AR_PASSKEY_REFUSED' } })
      })

      const CHANGED: { name: string; change: (answer: Answer) => unknown; says: string }[] = [
        { name: 'no answer', change: () => ({ response: {} }), says: 'no account has this passkey' },
        {
          name: "another's id",
          change: ({ response }) => ({ response: { ...response, id: 'AAAA', rawId: 'AAAA' } }),
          says: 'no account has this passkey',
        },
        {
          name: 'a signature that was changed',
          change: ({ response }) => {
            const signature = Buffer.from(response.response.signature, 'base64url')
            signature[signature.length - 1]! ^= 1
            return {
              response: { ...response, response: { ...response.response, signature: signature.toString('base64url') } },
            }
          },
          says: 'does not hold',
        },
        {
          name: 'an answer to another site',
          change: ({ response }) => {
            const data = JSON.parse(Buffer.from(response.response.clientDataJSON, 'base64url').toString())
            data.origin = 'https://evil.example'
            const clientDataJSON = Buffer.from(JSON.stringify(data)).toString('base64url')
            return { response: { ...response, response: { ...response.response, clientDataJSON } } }
          },
          says: 'evil.example',
        },
        {
          name: 'an answer to what was never asked',
          change: ({ response }) => {
            const data = JSON.parse(Buffer.from(response.response.clientDataJSON, 'base64url').toString())
            data.challenge = 'AAAAAAAAAAAAAAAAAAAAAA'
            const clientDataJSON = Buffer.from(JSON.stringify(data)).toString('base64url')
            return { response: { ...response, response: { ...response.response, clientDataJSON } } }
          },
          says: 'challenge',
        },
      ]
      test.each(CHANGED)('$name is refused', async ({ change, says }) => {
        const refused = await send(change(await answerOf()))
        expect(refused).toMatchObject({ status: 401, body: { code: 'AR_PASSKEY_REFUSED', fault: 'caller' } })
        expect(refused.body.detail).toContain(says)
      })

      test('a page of elsewhere asks nothing here', async () => {
        for (const path of ['/sign-in/passkey/options', '/sign-in/passkey'])
          expect(await here.ask('POST', path, {}, { origin: 'https://evil.example' })).toMatchObject({
            status: 403,
            body: { code: 'AR_FORBIDDEN_ORIGIN' },
          })
      })

      test('a challenge to sign in registers nothing', async () => {
        const { accounts, passkeys } = here.registry.catalog
        const { id } = (await accounts.byName('acme'))!
        await passkeys.challenge('for-anybody')
        expect(await passkeys.takeChallenge('for-anybody', id)).toBe(false)
        expect(await passkeys.takeChallenge('for-anybody')).toBe(true)
        await passkeys.challenge('for-acme', id)
        expect(await passkeys.takeChallenge('for-acme')).toBe(false)
        expect(await passkeys.takeChallenge('for-acme', id)).toBe(true)
      })
    })

    test('without JavaScript the password is the way in, and nothing speaks of passkeys that cannot be', async () => {
      const plain = await browser.newContext({ javaScriptEnabled: false })
      page = await plain.newPage()
      await page.goto(`${url}/sign-in`)
      expect(await page.getByText('Sign in with a passkey').isVisible()).toBe(false)
      await signInByPassword()
      await page.getByText('Add a passkey').click()
      expect(await page.getByText('The password works without.').isVisible()).toBe(true)
      expect(await page.getByLabel('Its name').isVisible()).toBe(false)
      await plain.close()
    })

    test('a registry that is reached by an address has none, and says why', async () => {
      const other = await startRegistry()
      try {
        await other.author('acme')
        url = other.url
        await page.goto(`${url}/sign-in`)
        expect(await button().count()).toBe(0)
        await signInByPassword()
        expect(await page.locator('main').innerText()).toContain('This registry can have none')
        const refused = await other.ask('POST', '/sign-in/passkey/options', {}, { origin: other.url })
        expect(refused.body).toMatchObject({ code: 'AR_PASSKEY_REFUSED', detail: `there are none for ${other.url}` })
      } finally {
        url = here.url.replace('127.0.0.1', 'localhost')
        await other.close()
      }
    })
  },
)
