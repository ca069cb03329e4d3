/** The process that judges uploads may die, and takes nothing with it: neither the registry nor the next upload. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { childrenOf } from '../bench/processes.ts'
import { type Author, artifact, type Running, startRegistry } from './registry.ts'

const isLinux = process.platform === 'linux'

/** Undefined: none is there. */
const judgeOf = (here: Running): number | undefined =>
  childrenOf(process.pid).find((pid) => {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return line.includes('judge-process') && line.includes(here.data)
  })

describe.skipIf(!isLinux)('the process that judges', { timeout: 120_000 }, () => {
  let here: Running
  let acme: Author
  beforeAll(async () => {
    here = await startRegistry()
    acme = await here.author('acme')
  })
  afterAll(() => here?.close())

  const publish = async (version: string) =>
    here.publish(acme, '@acme/echo', version, await artifact({ name: '@acme/echo', version }))

  test('begins with an upload, and knows nothing of the registry', async () => {
    expect(judgeOf(here)).toBeUndefined()
    process.env.AP_REGISTRY_S3_SECRET_KEY = 'a secret of the operator'
    try {
      expect((await publish('1.0.0')).status).toBe(201)
    } finally {
      delete process.env.AP_REGISTRY_S3_SECRET_KEY
    }
    const environment = readFileSync(`/proc/${judgeOf(here)}/environ`, 'utf8').split('\0')
    expect(environment.map((one) => one.split('=')[0]).filter((name) => /^AP_/.test(name!))).toEqual([])
  })

  test('is another one after it died with nothing to do', async () => {
    const before = judgeOf(here)!
    process.kill(before, 'SIGKILL')
    // It stays in this list, without a name, until the registry has heard of its end.
    await expect.poll(() => childrenOf(process.pid)).not.toContain(before)
    expect(judgeOf(here)).toBeUndefined()
    expect((await publish('1.1.0')).status).toBe(201)
    expect(judgeOf(here)).not.toBe(before)
  })

  test('that dies with a question open says that it was no fault of the artifact; the next upload has another', async () => {
    const path = join(here.data, 'artifact')
    writeFileSync(path, await artifact())
    const before = judgeOf(here)!
    // It gets the question, and no further.
    process.kill(before, 'SIGSTOP')
    const asked = here.registry.judge.inspect(path)
    await new Promise(setImmediate)
    process.kill(before, 'SIGKILL')
    await expect(asked).rejects.toMatchObject({ code: 'AR_JUDGE_FAILED', message: expect.stringContaining('SIGKILL') })
    expect((await publish('1.2.0')).status).toBe(201)
    await expect.poll(() => readdirSync(join(here.data, 'uploads'))).toEqual([])
  })
})
