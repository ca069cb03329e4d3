/** @module junit: results of test cases as the XML that build servers read. */

export interface JunitCase {
  name: string
  seconds: number
  problems: readonly string[]
}

/** XML 1.0 knows no other controls than tab and line feed, not even escaped. */
const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

export function junit(suite: string, cases: readonly JunitCase[]): string {
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0)
  const failures = cases.filter((one) => one.problems.length > 0).length
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="0" time="${seconds.toFixed(3)}"`
  const lines = cases.map(({ name, seconds: time, problems }) => {
    const head = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${time.toFixed(3)}"`
    if (problems.length === 0) return `${head}/>`
    const [first = ''] = problems
    return `${head}>\n      <failure message="${escaped(first)}">${escaped(problems.join('\n'))}</failure>\n    </testcase>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="${escaped(suite)}" ${counts}>
${lines.join('\n')}
  </testsuite>
</testsuites>
`
}
