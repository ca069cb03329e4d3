/** Every link of every page leads somewhere, and every page can be found. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { page, root } from './page.ts'

const PAGES = globSync(
  ['*.md', 'docs/*.md', 'packages/*/README.md', 'sdks/*/README.md', 'templates/*/README.md', 'examples/*/README.md'],
  { cwd: root },
)

/** As GitHub makes them. */
const anchors = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

test.each(PAGES)('%s', (file) => {
  const broken = [...page(file).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => {
      const [path = '', anchor] = target.split('#')
      const place = path === '' ? join(root, file) : join(root, dirname(file), path)
      return !existsSync(place) || (anchor !== undefined && !anchors(place).includes(anchor))
    })
  expect(broken).toEqual([])
})

test('the index names every page', () => {
  const named = [...page('docs/README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => join('docs', target!))
  expect(named.toSorted()).toEqual(
    PAGES.filter((file) => relative('docs', file).match(/^[^.][^/]*$/) && file !== 'docs/README.md').toSorted(),
  )
})
