/** The table of errors and the source agree both ways; the reference page is the table (test/generated.test.ts). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERRORS } from '@ap-wasm/executor'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const CODE = /['"`](AP_[A-Z_]+)['"`]/g
/** Settings and error codes look alike. */
const isSetting = (name: string): boolean => /^AP_WASM(_|$)/.test(name)

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && /\.ts$/.test(entry.name) && !/\.test\.ts$|node_modules|\/dist\//.test(path)) yield path
  }
}

const used = new Set<string>()
for (const folder of ['packages'])
  for (const path of sources(folder)) {
    if (path.endsWith('executor/src/errors.ts')) continue
    for (const [, code] of readFileSync(path, 'utf8').matchAll(CODE)) if (code && !isSetting(code)) used.add(code)
  }

test('every code in the source has its row', () => {
  expect([...used].filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([])
})

test('every row is used', () => {
  expect(Object.keys(ERRORS).filter((code) => !used.has(code))).toEqual([])
})

test.each(Object.entries(ERRORS))('%s is a row that helps', (code, row) => {
  expect(code).toMatch(/^AP(_[A-Z]+)+$/)
  expect(row.title).toMatch(/^[A-Z][^.]+$/)
  expect(row.remedy).toMatch(/\.$/)
  expect(row.status).toBeGreaterThanOrEqual(400)
  if (row.fault === 'caller') expect(row.status).toBeLessThan(500)
  else
    expect(row.status, 'a fault that is not the caller’s is no 4xx').toSatisfy(
      (status: number) => status >= 500 || code === 'AP_REPLAY_DIVERGED',
    )
})
