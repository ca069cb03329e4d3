/** What ships: JavaScript and declarations of every package, the bundled entries, templates and SDKs inside the CLI. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildCell } from './build-cell.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function compile(folder: string): void {
  const args = ['-p', `${folder}/tsconfig.build.json`]
  const done = spawnSync(`${root}node_modules/.bin/tsc`, args, { cwd: root, stdio: 'inherit' })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

function clean(folder: string): void {
  rmSync(`${root}${folder}/dist`, { recursive: true, force: true })
}

clean('packages/executor')
compile('packages/executor')
// At once: what tsc wrote for the bundled entries is no cell.
await buildCell()
clean('packages/cli')
compile('packages/cli')
clean('registry')
compile('registry')
for (const step of ['build-sdk', 'build-cli', 'build-playground']) {
  if (!existsSync(`${root}scripts/${step}.ts`)) continue
  const { build } = (await import(`./${step}.ts`)) as { build(): Promise<void> }
  await build()
}
