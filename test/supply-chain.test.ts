/** What is installed is what was locked, and nothing of it runs on the way, but for what the workspace names. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
interface Locked {
  version?: string
  integrity?: string
  link?: boolean
  hasInstallScript?: boolean
  inBundle?: boolean
}
const packages = Object.entries(
  (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages,
)
const installed = packages.filter(([path, { link }]) => path.includes('node_modules/') && !link)

test('every package is pinned by the hash of its content', () => {
  const without = installed.filter(([, { integrity, inBundle }]) => !inBundle && !integrity?.startsWith('sha512-'))
  expect(without.map(([path]) => path)).toEqual([])
  expect(installed.length).toBeGreaterThan(100)
})

test('a package with a script of installation is named, and refused or allowed', () => {
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> }
  const scripted = installed
    .filter(([, one]) => one.hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
  expect([...new Set(scripted)].filter((name) => !(name in allowScripts))).toEqual([])
  expect(Object.entries(allowScripts).filter(([, allowed]) => allowed)).toEqual([['node', true]])
})

test('no registry is named, by nobody’s machine', () => {
  expect(read('package-lock.json')).not.toMatch(
    /"resolved": "(?!packages\/|sdks\/|examples\/|registry"|registry\/|github|\.)/,
  )
  expect(read('.npmrc')).not.toMatch(/^registry\s*=/m)
})
