/** The tutorial for Go, followed step by step in a fresh folder, with what ships. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Author } from '../e2e/author.ts'
import { lacking, TOOL_CACHE } from '../toolchains.ts'
import { blocks, files } from './page.ts'

const PAGE = 'docs/tutorial-go.md'
const lack = await lacking('go')

describe.skipIf(lack !== undefined)(lack === undefined ? 'the tutorial for Go' : `the tutorial for Go: ${lack}`, () => {
  let author: Author
  let folder: string
  let tasks: ChildProcess
  let port: number
  const run = (...argv: string[]) => author.run(folder, ...argv)
  const [clear, unitTests] = blocks(PAGE, 'sh') as [string, string]
  const shell = (script: string) => {
    const env = { ...author.env, GOCACHE: join(TOOL_CACHE, 'go-build') }
    return promisify(execFile)('bash', ['-ec', script], { cwd: folder, env })
  }

  beforeAll(async () => {
    author = new Author()
    folder = join(author.home, 'tasks')
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    port = (probe.address() as { port: number }).port
    probe.close()
    const made = await author.run(author.home, 'init', 'tasks', '--language', 'go')
    expect(made).toMatchObject({ exit: 0, stdout: expect.stringContaining('made tasks in tasks/ (go)') })
    await shell(clear)
    const server = files('docs/tutorial.md').filter(({ name }) => name === 'server.mjs')
    for (const { name, body } of [...server, ...files(PAGE)])
      await writeFile(join(folder, name), body.replaceAll('8099', String(port)))
    tasks = spawn(process.execPath, ['server.mjs'], { cwd: folder, stdio: 'ignore' })
  }, 300_000)
  afterAll(async () => {
    tasks?.kill()
    await author?.close()
  })

  test('its piece calls a real server', { timeout: 300_000 }, async () => {
    const answers = () =>
      fetch(`http://127.0.0.1:${port}`).then(
        ({ status }) => status,
        () => 0,
      )
    await expect.poll(answers, { timeout: 10_000 }).toBe(401)
    const add = () => run('run', 'add_task', '--props', '{"title": "Call Ann"}', '--auth', '@auth.json')
    const added = await add()
    expect(added).toMatchObject({ exit: 0, stderr: expect.stringContaining('info     added task id=2') })
    expect(JSON.parse(added.stdout)).toEqual({ task: { id: 2, title: 'Call Ann' }, added: 1 })
    expect(await add()).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('the failure exists: there is a task of that title already'),
    })
    const polled = await run('run', '--trigger', 'new_task', '--hook', 'test', '--auth', '@auth.json')
    expect(JSON.parse(polled.stdout)).toEqual([
      { id: 2, title: 'Call Ann' },
      { id: 1, title: 'Buy milk' },
    ])
  })

  test('its unit test passes on the machine', { timeout: 300_000 }, async () => {
    expect((await shell(unitTests)).stdout).toMatch(/^ok /)
  })

  test('its case is recorded without the token, and passes', { timeout: 120_000 }, async () => {
    expect(await run('test', '--record', '--auth', '@auth.json')).toMatchObject({ exit: 0 })
    expect(await readFile(join(folder, 'tests/add-task.json'), 'utf8')).not.toContain('secret-token')
    expect(await run('test')).toMatchObject({ exit: 0 })
  })

  test('a definition that is wrong is told in its own words', { timeout: 120_000 }, async () => {
    const source = await readFile(join(folder, 'main.go'), 'utf8')
    await writeFile(join(folder, 'main.go'), source.replace('title=Title', 'titel=Title'))
    expect(await run('build')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining(
        'action add_task: addProps.Title: its ap tag holds "titel=Title", which means nothing',
      ),
    })
  })
})
