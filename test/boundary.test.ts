import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Who may import whom; `templates` and `examples` are pieces and import an SDK only. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/executor': ['packages/executor'],
  'packages/cli': ['packages/cli', 'packages/executor'],
  'sdks/typescript': ['sdks/typescript'],
  registry: ['registry', 'packages/executor'],
  templates: ['templates', 'sdks/typescript'],
  examples: ['examples', 'sdks/typescript'],
}
const PACKAGES: Record<string, string> = {
  '@ap-wasm/executor': 'packages/executor',
  'ap-wasm': 'packages/cli',
  '@ap-wasm/piece': 'sdks/typescript',
  '@ap-wasm/registry': 'registry',
}

const sources = (folder: string): string[] => {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.ts') && !f.includes('node_modules') && !/(^|\/)(dist|test|\.ap-wasm)\//.test(f))
      .map((f) => join(folder, f))
  } catch {
    return []
  }
}

function imports(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((m) => m[1]!)
}

const areaOf = (path: string) => Object.keys(MAY_IMPORT).find((area) => path === area || path.startsWith(`${area}/`))

describe('direction of dependencies', () => {
  for (const [area, allowed] of Object.entries(MAY_IMPORT)) {
    it(`${area} imports ${allowed.join(', ')} and nothing else of ours`, () => {
      const wrong = sources(area)
        .filter((f) => !/\.(test|suite)\.ts$/.test(f))
        .flatMap((file) =>
          imports(file).flatMap((name) => {
            const target = name.startsWith('.')
              ? relative(root, resolve(root, dirname(file), name))
              : (PACKAGES[
                  name
                    .split('/')
                    .slice(0, name.startsWith('@') ? 2 : 1)
                    .join('/')
                ] ?? '')
            if (target === '') return []
            const to = areaOf(target)
            if (to ? allowed.includes(to) : target.startsWith('wit/')) return []
            return [`${file} imports ${name}`]
          }),
        )
      expect(wrong).toEqual([])
    })
  }
})

/** What is left of an import when the types are gone. */
const runs = (file: string): string[] => {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/^(import|export) type [^;]*?from '[^']+'$/gm, '')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([@.\w][\w@./:-]*)['"]/g)].map((m) => m[1]!)
}

/** Everything that is reached from an entry for browsers runs in a browser. */
function reached(entry: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(entry)) return seen
  const names = runs(entry)
  seen.set(entry, names)
  for (const name of names) if (name.startsWith('.')) reached(relative(root, resolve(root, dirname(entry), name)), seen)
  return seen
}

/** Each entry, folders that it reaches, and packages that run in a browser as they do here. */
const FOR_BROWSERS: readonly (readonly [entry: string, folders: readonly string[], packages: RegExp])[] = [
  ['program', ['rewrite', 'linker', 'host', 'cell'], /^$/],
  ['outside', ['effects', 'codec', 'cells'], /^(typebox(\/.*)?|lru-cache)$/],
  ['forms', ['forms'], /^$/],
]

describe.each(FOR_BROWSERS)('@ap-wasm/executor/%s', (entry, folders, packages) => {
  it('imports no node module, and no package but those that it needs, in any file that it reaches', () => {
    const files = reached(`packages/executor/src/${entry === 'forms' ? 'forms/index' : entry}.ts`)
    expect([...files.keys()]).toEqual(expect.arrayContaining(folders.map((f) => expect.stringContaining(`/src/${f}/`))))
    const wrong = [...files].flatMap(([file, names]) =>
      names
        .filter((n) => n.startsWith('node:') || builtinModules.includes(n) || !(n.startsWith('.') || packages.test(n)))
        .map((n) => `${file} imports ${n}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('the tree', () => {
  it('has no folder for leftovers', () => {
    const drawers = Object.keys(MAY_IMPORT)
      .flatMap(sources)
      .filter((f) => /(^|\/)(shared|common|utils?|helpers?|misc)(\/|\.ts$)/.test(f))
    expect(drawers).toEqual([])
  })
})
