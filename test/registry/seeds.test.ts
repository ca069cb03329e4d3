/** `npm run registry` as after a clone: examples are published once, and one that cannot be built is named and left out. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { lacking } from '../toolchains.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-seeds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** Where nothing was built yet: a Rust and a Python toolchain prepare themselves. */
const LONG_MS = 900_000

const examples = await Promise.all(
  readdirSync(join(root, 'examples')).map(async (example) => {
    const { name, version, language } = JSON.parse(readFileSync(join(root, `examples/${example}/piece.json`), 'utf8'))
    return { example, name, version, language, lack: await lacking(language) } as const
  }),
)

/** Its child, and what it has said once it says that it is ready. */
async function start(env: NodeJS.ProcessEnv = {}): Promise<{ child: ChildProcess; url: string; said: string }> {
  const args = ['--data', join(folder, 'data'), '--port', '0', '--playground-port', '0']
  const flags = ['--conditions=@ap-wasm/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, join(root, 'scripts/registry.ts'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part))
  const over = once(child, 'exit')
  const ready = new Promise<void>((resolve) =>
    child.stdout.on('data', () => said.includes('Ctrl-C ends it') && resolve()),
  )
  await Promise.race([ready, over.then(() => Promise.reject(new Error(said)))])
  return { child, url: /runs at (\S+);/.exec(said)![1]!, said }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
}

/** A machine that has this one's Node, a Go that fails, and nothing else. */
function poorPath(): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const script = '#!/bin/sh\n[ "$1" = env ] && echo go1.99.0 && exit 0\necho "no such luck" >&2; exit 1\n'
  writeFileSync(join(bin, 'go'), script, { mode: 0o755 })
  return [bin, dirname(process.execPath)].join(delimiter)
}

describe('a registry of this clone', { timeout: LONG_MS }, () => {
  test('publishes every example that can be built here, and its pages show them', async () => {
    const { child, url, said } = await start()
    try {
      const home = await (await fetch(`${url}/`)).text()
      const all = await (await fetch(`${url}/search`)).text()
      for (const { example, name, version, lack } of examples) {
        if (lack !== undefined) {
          expect(said).toContain(`examples/${example} is left out: ${lack}`)
          continue
        }
        expect(said).toContain(`published ${name} ${version}`)
        expect(home, 'the first page').toContain(`href="/pieces/${name}"`)
        expect(all, 'the list').toContain(`href="/pieces/${name}"`)
        const page = await fetch(`${url}/pieces/${name}`, { headers: { accept: 'text/html' } })
        expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('What it may do')])
      }
    } finally {
      await end(child)
    }
  })

  test('publishes none of them again at the next start', async () => {
    const { child, url, said } = await start()
    try {
      expect(said).not.toMatch(/^published /m)
      for (const { name, lack } of examples)
        if (lack === undefined) expect((await fetch(`${url}/api/v1/pieces/${name}`)).status, name).toBe(200)
    } finally {
      await end(child)
    }
  })

  test('leaves out by name what lacks its tools or cannot be built, with the reason, and keeps what is there', async () => {
    const { child, url, said } = await start({ PATH: poorPath(), AP_WASM_TOOLCHAINS: '', HOME: folder })
    try {
      for (const { example, name, language, lack } of examples) {
        const why = language === 'go' ? 'its build failed, for the reason above' : `${language}: `
        expect(said).toContain(`examples/${example} is left out: ${why}`)
        if (lack === undefined) expect((await fetch(`${url}/api/v1/pieces/${name}`)).status, name).toBe(200)
      }
      expect(said, 'the reason').toContain('no such luck')
    } finally {
      await end(child)
    }
  })
})
