/** From an empty folder to a call over HTTP, without a network, for the template of each language whose tools are here. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toolchainOf } from '../../packages/cli/src/toolchain/index.ts'
import { SERVER_FLAGS } from '../../packages/executor/src/server/process-flags.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { Author } from './author.ts'

const templates = fileURLToPath(new URL('../../templates', import.meta.url))
const SERVICE = 'https://jsonplaceholder.typicode.com'
const TOKEN = 'a-token-of-the-author'
const SOURCE = /\.(ts|py|go|rs|c|h)$/

const languages = await Promise.all(
  readdirSync(templates).map(async (language) => ({ language, lack: await lacking(language) })),
)

/** A compiler's first build, on a machine that does much else. */
const BUILD_MS = 240_000

describe.each(languages)('$language', { timeout: BUILD_MS }, ({ language, lack }) => {
  if (lack !== undefined) return test.skip(lack)

  let author: Author
  let folder: string
  let service: Server
  const asked: { url: string | undefined; authorization: string | undefined }[] = []

  beforeAll(async () => {
    // With the network, where `npm run toolchains` was not run before; the author has none.
    await toolchainOf(language).prepare?.({ cacheFolder: TOOL_CACHE })
    author = new Author()
    folder = join(author.home, 'my-posts')
    service = createServer((request, response) => {
      asked.push({ url: request.url, authorization: request.headers.authorization })
      response.setHeader('content-type', 'application/json').setHeader('set-cookie', 'session=abc')
      response.end(
        JSON.stringify({ id: 7, title: 'A title', body: `seen ${request.headers.authorization}`, userId: 1 }),
      )
    })
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  }, BUILD_MS)
  afterAll(async () => {
    service?.close()
    await author?.close()
  })
  const run = (...argv: string[]) => author.run(folder, ...argv)
  /** Where a language keeps them: in `src`, or beside piece.json. */
  const sources = () => {
    const below = existsSync(join(folder, 'src')) ? 'src' : ''
    return readdirSync(join(folder, below))
      .filter((name) => SOURCE.test(name))
      .map((name) => join(below, name))
  }

  test('init makes a piece with everything that it needs', async () => {
    const made = await author.run(author.home, 'init', 'my-posts', '--language', language)
    expect(made).toMatchObject({ exit: 0, stdout: expect.stringContaining('made my-posts in my-posts/') })
    expect(made.stderr).toContain('cd my-posts\n  ap-wasm test')
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !name.includes('node_modules'),
    )
    expect(names).toEqual(
      expect.arrayContaining(['.gitignore', '.git', 'piece.json', 'README.md', join('.ap-wasm', 'piece.schema.json')]),
    )
    for (const name of ['piece.json', 'README.md', join('tests', 'get-post.json')])
      expect(await readFile(join(folder, name), 'utf8')).not.toMatch(/my-piece|My piece|ap-wasm\.dev/)
    const again = await author.run(author.home, 'init', 'my-posts', '--language', language)
    expect(again).toMatchObject({ exit: 2, stderr: expect.stringContaining('is not empty') })
  })

  test('build says what was made', async () => {
    const built = await run('build')
    expect(built).toMatchObject({ exit: 0, stderr: '' })
    for (const part of [
      'dist/my-posts-0.1.0.wasm',
      'sha256:',
      `send requests to ${SERVICE}`,
      'keep state for each flow',
    ])
      expect(built.stdout).toContain(part)
  })

  test('its cases pass', async () => {
    const tested = await run('test')
    expect(tested).toMatchObject({ exit: 0, stdout: expect.stringMatching(/\d+ passed · .* fuel\n/) })
  })

  test('run calls it', async () => {
    const ran = await run('run', 'count_words', '--props', '{"text":"to be or not to be"}')
    expect(JSON.parse(ran.stdout)).toMatchObject({ words: 6 })
  })

  test("a build that fails tells the compiler's own words and leaves no artifact behind it", async () => {
    const file = join(folder, sources().find((name) => /(^|[/\\])(index|lib|main)\.\w+$/.test(name))!)
    const source = await readFile(file, 'utf8')
    await writeFile(file, `${source}\n{{{ this is no code\n`)
    const failed = await run('build')
    // Go's compiler names the place alone; the others show the line.
    expect(failed).toMatchObject({ exit: 1, stdout: '', stderr: expect.stringMatching(/this is no code|syntax error/) })
    await writeFile(file, source)
  })

  test('a recorded case holds what a real server said, and no secret', async () => {
    const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
    for (const name of [...sources(), 'piece.json']) {
      const text = await readFile(join(folder, name), 'utf8')
      if (text.includes(SERVICE)) await writeFile(join(folder, name), text.replaceAll(SERVICE, origin))
    }
    const file = join(folder, 'tests/recorded.json')
    await writeFile(file, JSON.stringify({ action: 'get_post', props: { id: 7 } }))
    const auth = JSON.stringify({ type: 'SECRET_TEXT', secret_text: TOKEN })
    const recorded = await run('test', 'recorded', '--record', '--auth', auth)
    expect(recorded).toMatchObject({ exit: 0, stdout: expect.stringContaining('✓ recorded') })
    expect(asked).toEqual([{ url: '/posts/7', authorization: `Bearer ${TOKEN}` }])
    const written = await readFile(file, 'utf8')
    expect(written).not.toContain(TOKEN)
    expect(JSON.parse(written)).toMatchObject({
      auth: { type: 'SECRET_TEXT', secret_text: 'redacted-auth-secret-text' },
      http: [{ request: { url: `${origin}/posts/7` }, response: { status: 200, body: { id: 7, title: 'A title' } } }],
      expect: { output: { id: 7 } },
    })
    expect(JSON.parse(written).http[0].response.headers).toEqual({ 'content-type': 'application/json' })
    expect(await run('test', 'recorded')).toMatchObject({ exit: 0 })
    expect(asked).toHaveLength(1)
  })

  test('deployed, it answers over HTTP; the same again changes nothing', async () => {
    const url = await author.serve()
    if (process.platform === 'linux') {
      const command = readFileSync(`/proc/${author.serverPid}/cmdline`, 'utf8').split('\0')
      expect(command).toEqual(expect.arrayContaining([...SERVER_FLAGS]))
    }
    const deployed = await run('deploy', '--to', url, '--yes')
    expect(deployed).toMatchObject({ exit: 0, stdout: expect.stringContaining('deployed my-posts 0.1.0') })
    const response = await fetch(`${url}/v1/pieces/my-posts/latest/actions/count_words`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ props: { text: 'a b a' } }),
    })
    expect(await response.json()).toMatchObject({ ok: true, version: '0.1.0', output: { words: 3 } })
    expect(await run('deploy', '--to', url)).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('nothing changed'),
    })
  })
})
