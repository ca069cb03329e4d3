import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pieceComponent } from '../fixture.ts'
import { CHROMIUM, INSTALL_CHROMIUM, NO_BROWSER } from './chromium.ts'

describe.skipIf(NO_BROWSER)(
  `the program entry in a browser (${NO_BROWSER ? `skipped: ${INSTALL_CHROMIUM}` : 'Chromium'})`,
  () => {
    let browser: Browser
    let page: Page
    let server: Server

    beforeAll(async () => {
      if (CHROMIUM === undefined) throw new Error(`Chromium is missing: ${INSTALL_CHROMIUM}`)
      const bundled = await build({
        entryPoints: [fileURLToPath(new URL('./page.ts', import.meta.url))],
        bundle: true,
        write: false,
        platform: 'browser',
        format: 'iife',
        target: 'esnext',
        conditions: ['@ap-wasm/source'],
        logLevel: 'error',
      })
      const script = bundled.outputFiles[0]!.text
      server = createServer((_, response) => {
        response.setHeader('content-type', 'text/html')
        response.end(
          `<!doctype html><title>program</title><script>${script.replaceAll('</script', '<\\/script')}</script>`,
        )
      }).listen(0, '127.0.0.1')
      await new Promise((listening) => server.once('listening', listening))
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      })
      page = await browser.newPage()
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    })
    afterAll(async () => {
      await browser?.close()
      server?.close()
    })

    const run = (bytes: Uint8Array, action: string, input: string) =>
      page.evaluate(
        ([component, name, json]) =>
          (
            globalThis as unknown as {
              run: (...a: string[]) => Promise<{ output?: string; error?: string; fuel: number; ticks: number }>
            }
          ).run(component!, name!, json!),
        [Buffer.from(bytes).toString('base64'), action, input],
      )

    it('runs a component as a cell does: the same answer for the same fuel', async () => {
      const bytes = await pieceComponent()
      const input = JSON.stringify({ props: { text: 'grüße 🌍' } })
      const first = await run(bytes, 'echo', input)
      expect(first).toMatchObject({ output: input })
      expect((await run(bytes, 'echo', input)).fuel).toBe(first.fuel)
    })

    it('stops a runaway while the page lives on', async () => {
      const bytes = await pieceComponent({ action: '(loop $for-ever (br $for-ever))' })
      const { error, ticks } = await run(bytes, 'echo', '{}')
      expect(error).toMatch(/^AP_(CPU|FUEL)_EXCEEDED$/)
      expect(ticks).toBeGreaterThan(0)
    })
  },
)
