/** @module build-report: what a build tells its author: where the artifact is, what it weighs, what it may do. */
import { relative, resolve } from 'node:path'
import { askOf, byteWords, permissions } from '@ap-wasm/executor'
import { type BuiltArtifact, buildArtifact, writeArtifact } from './artifact.ts'
import type { CommandContext } from './command.ts'
import { LocalExecutor } from './local-executor.ts'
import { type Output, table } from './output.ts'
import { readProject } from './project.ts'

export async function buildToFile({ world, output }: CommandContext, out: string | undefined): Promise<void> {
  const project = await readProject(world.cwd)
  const file = out === undefined ? project.artifact : resolve(world.cwd, out)
  const executor = await LocalExecutor.open(world)
  try {
    const built = await buildArtifact(world, output, project, executor)
    await writeArtifact(file, built.bytes)
    report(output, relative(world.cwd, file), built)
  } finally {
    await executor.close()
  }
}

function report(output: Output, file: string, { inspection, parts, builtMs, warnings }: BuiltArtifact): void {
  const { digest, manifest, imports } = inspection
  const ask = askOf(manifest)
  for (const warning of warnings) output.warn(warning)
  output.print(`${output.style('bold', file)}  ${byteWords(inspection.bytes)}  ${digest}`)
  output.detail(
    `\nsize\n${table(
      parts.map((part) => [byteWords(part.bytes), part.name]),
      '  ',
    )}`,
  )
  output.detail(`\npermissions\n${permissionLines(output, permissions(ask))}`)
  output.detail(`\nimports\n${importLines(imports)}`)
  output.detail(`\nbuilt in ${(builtMs / 1000).toFixed(1)} s`)
  output.data({
    ...{ ok: true, file, digest, bytes: inspection.bytes, name: manifest.name, version: manifest.version },
    ...{ parts, permissions: permissions(ask), imports, warnings, builtMs },
  })
}

export function permissionLines(output: Output, list: readonly { words: string; wide: boolean }[]): string {
  if (list.length === 0) return '  none: it computes, and reaches nothing'
  return list.map(({ words, wide }) => `  ${wide ? output.style('red', words) : words}`).join('\n')
}

/** By package: patch versions of one interface are the same to whoever reads this. */
export function importLines(imports: readonly { name: string }[]): string {
  const packages = new Map<string, Set<string>>()
  for (const { name } of imports) {
    const [, package_ = name, interface_ = ''] = /^([^/]+)\/([^@]+)/.exec(name) ?? []
    const names = packages.get(package_) ?? new Set()
    packages.set(package_, names.add(interface_))
  }
  return table(
    [...packages].map(([name, interfaces]) => [name, [...interfaces].join(', ')]),
    '  ',
  )
}
