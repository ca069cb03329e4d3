/** The page and the folder say the same: each class has its file, each file its row, each layer its column. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LAYERS } from '../../packages/executor/src/layers.ts'

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')

test('every suite of this folder has a row in docs/security.md', () => {
  const suites = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.ts'))
  const named = [...page.matchAll(/\(\.\.\/test\/security\/([\w-]+\.test\.ts)\)/g)].map((match) => match[1])
  expect(named.sort()).toEqual(suites.filter((name) => name !== 'classes.test.ts').sort())
})

test('every layer has a column', () => {
  const [, columns = ''] = /## What each layer stops[\s\S]*?\n\| \| (.*) \|\n/.exec(page) ?? []
  expect(columns.split(' | ').sort()).toEqual(Object.keys(LAYERS).sort())
})
