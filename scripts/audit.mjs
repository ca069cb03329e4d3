// Asks the registry for known weaknesses of what the lock file pins; plain JavaScript, as run.mjs. A registry that has no
// such answer is no failure: then the lock file is all that was checked.
import { spawnSync } from 'node:child_process'

/** What makes a push fail; the rest is printed. */
const FAILS = ['high', 'critical']

const { stdout } = spawnSync('npm', ['audit', '--json', '--audit-level=none', '--package-lock-only'], {
  encoding: 'utf8',
})
let report = {}
try {
  report = JSON.parse(stdout)
} catch {}
const found = report.metadata?.vulnerabilities
if (found === undefined) {
  console.log(`audit: the registry does not answer (${report.message ?? 'no report'}); nothing was asked of it`)
  process.exit(0)
}
for (const [name, { severity, range, fixAvailable }] of Object.entries(report.vulnerabilities ?? {}))
  console.log(`audit: ${severity}: ${name} ${range}${fixAvailable ? ', a fix is available' : ''}`)
const failing = FAILS.reduce((sum, severity) => sum + (found[severity] ?? 0), 0)
console.log(`audit: ${found.total ?? 0} known weaknesses, ${failing} of them ${FAILS.join(' or ')}`)
process.exit(failing > 0 ? 1 : 0)
