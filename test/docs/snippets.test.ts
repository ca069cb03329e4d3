/** What the pages tell a reader to type works as it stands there, from what ships and outside the clone. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Author } from '../e2e/author.ts'
import { blocks, files, root } from './page.ts'

const LOOPBACK = 'http://127.0.0.1:7780'
const TASKS_PORT = '8099'

let author: Author
let url: string
let tasks: ChildProcess | undefined
let tasksPort: string

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return String(port)
}

beforeAll(async () => {
  author = new Author()
  url = await author.serve('--record', 'all', '--egress-private', '127.0.0.0/8')
  tasksPort = await freePort()
})
afterAll(async () => {
  tasks?.kill()
  await author?.close()
})

/** What it prints; a status of 400 and more ends it. */
async function shell(block: string, cwd = author.home): Promise<string> {
  const script = block.replaceAll(LOOPBACK, url).replaceAll('curl -s', 'curl -sS --fail-with-body')
  const { stdout } = await promisify(execFile)('bash', ['-ec', script], { cwd, env: { ...author.env, AP: url } })
  return stdout
}

describe('the tutorial', () => {
  const { folder, run, change } = inFolder('tasks')
  const [cleared, called, listed] = blocks('docs/tutorial.md', 'sh') as [string, string, string]
  let callId = ''

  test('its piece calls a real server', async () => {
    expect(await author.run(author.home, 'init', 'tasks', '--language', 'typescript')).toMatchObject({ exit: 0 })
    await shell(cleared, folder())
    for (const { name, body } of files('docs/tutorial.md'))
      await writeFile(join(folder(), name), body.replaceAll(TASKS_PORT, tasksPort))
    tasks = spawn(process.execPath, ['server.mjs'], { cwd: folder(), stdio: 'ignore' })
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${tasksPort}`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(401)
    const add = () => run('run', 'add_task', '--props', '{"title": "Call Ann"}', '--auth', '@auth.json')
    const added = await add()
    expect(JSON.parse(added.stdout)).toEqual({ task: { id: 2, title: 'Call Ann' }, added: 1 })
    expect(await add()).toMatchObject({ exit: 1, stderr: expect.stringContaining('the failure exists') })
    const polled = await run('run', '--trigger', 'new_task', '--hook', 'test', '--auth', '@auth.json')
    expect(JSON.parse(polled.stdout)).toMatchObject([{ id: 2 }, { id: 1 }])
  })

  test('its case is recorded without the token, passes, fails with a difference, and is updated', async () => {
    expect(await run('test', '--record', '--auth', '@auth.json')).toMatchObject({ exit: 0 })
    expect(await readFile(join(folder(), 'tests/add-task.json'), 'utf8')).not.toContain('secret-token')
    expect(await run('test')).toMatchObject({ exit: 0 })
    await change('return { task, added }', 'return { task, total: added }')
    expect(await run('test')).toMatchObject({ exit: 1, stdout: expect.stringContaining('output.total') })
    expect(await run('test', '--update')).toMatchObject({ exit: 0 })
  })

  test('it is deployed, called and found in the ledger', async () => {
    expect(await run('deploy', '--to', url, '--yes')).toMatchObject({ exit: 0 })
    const answer = JSON.parse(await shell(called)) as { callId: string }
    expect(answer).toMatchObject({ ok: true, output: { task: { title: 'Sweep' }, total: 1 } })
    callId = answer.callId
    expect(JSON.parse(await shell(listed))).toMatchObject({ calls: [{ callId, state: 'ok', recorded: true }] })
  })

  test('the call is replayed, and a change shows', async () => {
    expect(await run('replay', callId, '--to', url)).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('the same outcome'),
      stderr: expect.not.stringContaining('the call ended with'),
    })
    await change('total: added', 'total: added + 1')
    expect(await run('replay', callId, '--to', url)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('output.total'),
    })
  })
})

describe('the sample piece', () => {
  const { folder, run } = inFolder('my-piece')

  beforeAll(async () => {
    expect(await author.run(author.home, 'init', 'my-piece', '--language', 'typescript')).toMatchObject({ exit: 0 })
    expect(await run('deploy', '--to', url, '--yes')).toMatchObject({ exit: 0 })
  })

  test.each(blocks('docs/http-api.md', 'sh'))('docs/http-api.md: %s', async (block) => {
    expect(await shell(block)).toContain('{')
  })

  test.each(blocks('README.md', 'sh'))('README.md: %s', async (block) => {
    expect(JSON.parse(await shell(block))).toMatchObject({ ok: true, output: { words: 5 } })
  })

  test('docs/library.md', async () => {
    const [snippet] = blocks('docs/library.md', 'ts')
    const place = join(folder(), 'dist')
    mkdirSync(join(place, 'node_modules/@ap-wasm'), { recursive: true })
    symlinkSync(join(root, 'packages/executor'), join(place, 'node_modules/@ap-wasm/executor'))
    await writeFile(join(place, 'embed.mts'), snippet!)
    const { stdout } = await promisify(execFile)(process.execPath, ['embed.mts'], { cwd: place, env: author.env })
    expect(stdout).toContain('store flow')
    expect(stdout).toContain('words: 6')
    rmSync(join(place, 'node_modules'), { recursive: true })
  })
})

function inFolder(name: string) {
  const folder = (): string => join(author.home, name)
  return {
    folder,
    run: (...argv: string[]) => author.run(folder(), ...argv),
    async change(from: string, to: string): Promise<void> {
      const source = await readFile(join(folder(), 'src/index.ts'), 'utf8')
      expect(source).toContain(from)
      await writeFile(join(folder(), 'src/index.ts'), source.replace(from, to))
    },
  }
}
