/** What the tutorial for Python tells a reader to type works as it stands there, from what ships and outside the clone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Author } from '../e2e/author.ts'
import { pythonTools, SDK } from '../sdks/python-tools.ts'
import { lacking } from '../toolchains.ts'
import { files } from './page.ts'

const lack = await lacking('python')
const TASKS_PORT = '8099'
const BUILD_MS = 600_000

describe('the tutorial for Python', { timeout: BUILD_MS }, () => {
  if (lack !== undefined) return test.skip(lack)

  let author: Author
  let folder: string
  let service: ChildProcess
  let port: string

  beforeAll(async () => {
    author = new Author()
    folder = join(author.home, 'tasks')
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = String((server.address() as { port: number }).port)
    server.close()
    const { body } = files('docs/tutorial.md').find(({ name }) => name === 'server.mjs')!
    await writeFile(join(author.home, 'server.mjs'), body.replaceAll(TASKS_PORT, port))
    service = spawn(process.execPath, ['server.mjs'], { cwd: author.home, stdio: 'ignore' })
  })
  afterAll(async () => {
    service?.kill()
    await author?.close()
  })
  const run = (...argv: string[]) => author.run(folder, ...argv)

  test('its piece calls a real server', async () => {
    expect(await author.run(author.home, 'init', 'tasks', '--language', 'python')).toMatchObject({ exit: 0 })
    for (const place of ['src', 'tests'])
      for (const name of readdirSync(join(folder, place))) rmSync(join(folder, place, name))
    for (const { name, body } of files('docs/tutorial-python.md'))
      await writeFile(join(folder, name), body.replaceAll(TASKS_PORT, port))
    const add = () => run('run', 'add_task', '--props', '{"title": "Call Ann"}', '--auth', '@auth.json')
    const added = await add()
    expect(JSON.parse(added.stdout)).toEqual({ task: { id: 2, title: 'Call Ann' }, added: 1 })
    expect(added.stderr).toContain('added task 2')
    expect(await add()).toMatchObject({ exit: 1, stderr: expect.stringContaining('the failure exists') })
    const polled = await run('run', '--trigger', 'new_task', '--hook', 'test', '--auth', '@auth.json')
    expect(JSON.parse(polled.stdout)).toMatchObject([{ id: 2 }, { id: 1 }])
  })

  test('its unit tests pass', async () => {
    const tools = await pythonTools()
    const ran = await tools.run('pytest', ['-q', '-p', 'no:cacheprovider'], { cwd: folder, path: [join(SDK, 'src')] })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('2 passed') })
  })
})
