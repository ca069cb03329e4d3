import { expect, test } from 'vitest'
import { junit } from './junit.ts'

test('counts, and whatever a piece says is text', () => {
  const xml = junit('@acme/x', [
    { name: 'a', seconds: 0.5, problems: [] },
    { name: 'b"<&>', seconds: 1, problems: ['<first> & "one"', 'next\u0000\u001b[31m'] },
  ])
  expect(xml).toContain('<testsuite name="@acme/x" tests="2" failures="1" errors="0" skipped="0" time="1.500">')
  expect(xml).toContain('name="b&quot;&lt;&amp;&gt;"')
  expect(xml).toContain('<failure message="&lt;first&gt; &amp; &quot;one&quot;">')
  expect(xml).not.toMatch(/[\u0000-\u0008\u001b]/)
})
