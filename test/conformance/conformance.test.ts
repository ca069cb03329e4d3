/** The cases of `cases/` against the conformance piece of each language whose tools are here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { conformanceLanguages } from '../built.ts'
import { lacking } from '../toolchains.ts'
import { topics } from './case.ts'
import { runCase } from './run.ts'
import { type Servers, startServers } from './servers.ts'
import { type Subject, startSubject } from './subject.ts'

const BUILD_MS = 1_800_000

for (const language of await conformanceLanguages()) {
  const lack = await lacking(language)
  // The first case of a variant waits for its build.
  describe(language, { timeout: 240_000 }, () => {
    if (lack !== undefined) return test.skip(lack)

    let servers: Servers
    let subject: Subject
    beforeAll(async () => {
      servers = await startServers()
      subject = await startSubject(language, servers)
      // Here, not in the first case: a compiled language may take its time.
      await subject.component('all')
    }, BUILD_MS)
    afterAll(async () => {
      await subject?.close()
      await servers?.close()
    })

    for (const { title, cases } of topics())
      describe(title, () => {
        for (const one of cases) {
          const reason = one.skip?.[language]
          if (reason === undefined) test(one.name, async () => expect(await runCase(one, subject, servers)).toEqual([]))
          // A skip that is not needed any more is told.
          else
            test(`${one.name} (cannot: ${reason})`, async () =>
              expect(await runCase(one, subject, servers).catch(String)).not.toEqual([]))
        }
      })
  })
}
