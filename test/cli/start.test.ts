/** What runs before a command does: its help and the completions of a shell wait for it at every Tab. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const source = fileURLToPath(new URL('../../packages/cli/src', import.meta.url))

/** Modules that are loaded at once: no `import type`, no `import()`. */
function atOnce(file: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(file)) return seen
  const text = readFileSync(file, 'utf8')
  const names = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^'"]*?from\s+'([^']+)'/gm)].map(([, name]) => name!)
  seen.set(file, names)
  for (const name of names) if (name.startsWith('.')) atOnce(resolve(dirname(file), name), seen)
  return seen
}

it('no command loads the executor or a compiler before it runs', () => {
  const loaded = atOnce(join(source, 'main.ts'))
  for (const name of readdirSync(join(source, 'commands')))
    expect([...loaded.keys()]).toContain(join(source, 'commands', name))
  const packages = new Set([...loaded.values()].flat().filter((name) => !name.startsWith('.')))
  expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual(['commander'])
  expect(
    [...loaded.keys()].map((file) => relative(source, file)).filter((file) => file.startsWith('toolchain')),
  ).toEqual([])
})
