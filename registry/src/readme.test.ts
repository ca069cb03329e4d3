import { describe, expect, test } from 'vitest'
import { renderReadme } from './readme.ts'

const BASE = 'https://example.com/acme/piece/'

const RENDERED: { name: string; markdown: string; is: string }[] = [
  { name: 'headings go one down, and have no name', markdown: '# One\n\n## Two', is: '<h2>One</h2>\n<h3>Two</h3>\n' },
  {
    name: 'a link of elsewhere',
    markdown: '[x](https://a.example)',
    is: '<p><a href="https://a.example/" rel="nofollow ugc noopener">x</a></p>\n',
  },
  {
    name: 'a relative link',
    markdown: '[x](docs/a.md)',
    is: `<p><a href="${BASE}docs/a.md" rel="nofollow ugc noopener">x</a></p>\n`,
  },
  {
    name: 'a picture is its words',
    markdown: '![a cat](https://t.example/c.png)',
    is: '<p><a href="https://t.example/c.png" rel="nofollow ugc noopener">a cat</a></p>\n',
  },
  {
    name: 'code scrolls by the keyboard',
    markdown: '```js\na < b\n```',
    is: '<pre tabindex="0"><code>a &lt; b\n</code></pre>\n',
  },
  {
    name: 'a table',
    markdown: '| a |\n| :-: |\n| b |',
    is: '<table>\n<thead>\n<tr>\n<th align="center">a</th>\n</tr>\n</thead>\n<tbody><tr>\n<td align="center">b</td>\n</tr>\n</tbody></table>\n',
  },
]
test.each(RENDERED)('$name', async ({ markdown, is }) => expect(await renderReadme(markdown, BASE)).toBe(is))

describe('what does harm is not there', () => {
  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '[x](javascript:alert(1))',
    '[x](java\tscript:alert(1))',
    '<a href="&#x6A;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input></form>',
    '<style>*{display:none}</style>',
    '<p style="position:fixed" id="main" class="note" onclick="x()">p</p>',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '```\n</code></pre><script>alert(1)</script>\n```',
    '[x]: javascript:alert(1)\n\n[x]',
    '<a href="//evil.example">x</a>',
  ])('%j', async (markdown) => {
    const html = await renderReadme(markdown, undefined)
    expect(html).not.toMatch(
      /<(script|img|svg|iframe|form|input|style|base|meta|math|noscript)|javascript:|data:| on\w+=|style=|id=|class=/i,
    )
    expect(html).not.toMatch(/href="(?!https?:|mailto:)/)
  })
})

const HEAVY = [
  { name: 'brackets', markdown: '['.repeat(65_536) },
  { name: 'links in links', markdown: '[a]('.repeat(16_384) },
  { name: 'quotes in quotes', markdown: `${'>'.repeat(30_000)}x` },
  { name: 'emphasis', markdown: `${'*a **a '.repeat(9_000)}` },
  { name: 'tags in tags', markdown: '<p><b>'.repeat(10_000) },
  { name: 'lists in lists', markdown: Array.from({ length: 350 }, (_, i) => `${' '.repeat(i)}- x`).join('\n') },
]
test.each(HEAVY)(
  '64 KiB of $name end, whatever becomes of them',
  async ({ markdown }) => {
    expect(typeof (await renderReadme(markdown.slice(0, 65_536), undefined))).toBe('string')
  },
  20_000,
)

test('nothing is nothing', async () => expect(await renderReadme(' \n', undefined)).toBe(''))
