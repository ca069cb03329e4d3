import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CAPS } from '../../packages/executor/src/rewrite/caps.ts'

const page = readFileSync(new URL('../../docs/fuel.md', import.meta.url), 'utf8')

it.each(Object.entries(CAPS))('docs/fuel.md states the cap %s', (_, cap) => {
  expect(page).toContain(cap.toLocaleString('en-US'))
})
