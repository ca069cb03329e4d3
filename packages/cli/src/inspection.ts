/** @module inspection: `ap-wasm inspect`: an artifact in words, and what changed from one to another. Nothing of it runs. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  askOf,
  byteWords,
  compare,
  differenceLines,
  type Inspection,
  inspect,
  permissionDiff,
  permissions,
} from '@ap-wasm/executor'
import { importLines, permissionLines } from './build-report.ts'
import { type CommandContext, text } from './command.ts'
import { changeLines } from './deployment.ts'
import { downloadArtifact } from './download.ts'
import { ExecutorClient } from './executor-client.ts'
import { type Output, printable, table } from './output.ts'
import { pull } from './pulling.ts'
import { readGiven } from './values.ts'
import type { World } from './world.ts'

export async function inspectPiece(context: CommandContext): Promise<void> {
  const { output, args } = context
  const inspection = await inspect(await artifactBytes(context, args[0]!))
  const other = text(context, 'diff')
  const before = other === undefined ? undefined : await inspect(await artifactBytes(context, other))
  if (before) {
    printChanges(output, before, inspection)
    output.data({ ok: true, ...inspection, changes: changesOf(before, inspection) })
  } else {
    print(output, inspection)
    output.data({ ok: true, ...inspection })
  }
}

/** What is there as a file, or looks like a path, is one. */
const isFile = (world: World, piece: string): boolean =>
  existsSync(resolve(world.cwd, piece)) || /^[./~]|\.wasm$|^[^@].*\//.test(piece)

/** A file; else of the executor that is named, or of a registry. */
async function artifactBytes(context: CommandContext, piece: string): Promise<Uint8Array> {
  const { world } = context
  if (isFile(world, piece)) return readGiven(world, piece, 'the argument')
  const to = text(context, 'to')
  const [, name, version] = /^(@?[^@]+)@(latest|\d+\.\d+\.\d+)$/.exec(piece) ?? []
  if (to && name !== undefined && version !== undefined)
    return downloadArtifact(new ExecutorClient(world, to, text(context, 'key')), name, version)
  return (await pull(context, piece)).bytes
}

const members = ({ manifest: { description } }: Inspection): string[][] => [
  ...Object.entries(description.actions).map(([name, one]) => ['action', name, one.displayName, props(one.props)]),
  ...Object.entries(description.triggers).map(([name, one]) => [one.type, name, one.displayName, props(one.props)]),
]

const props = (of: Record<string, { required: boolean }>): string =>
  Object.entries(of)
    .map(([name, { required }]) => `${name}${required ? '' : '?'}`)
    .join(', ')

function print(output: Output, inspection: Inspection): void {
  const { manifest, digest, sizes, imports, warnings } = inspection
  const { description } = manifest
  const sections: [string, string][] = [
    ['', printable(`${description.displayName}${description.description ? `: ${description.description}` : ''}`)],
    ['actions and triggers', table(members(inspection), '  ')],
    ['permissions', permissionLines(output, permissions(askOf(manifest)))],
    [
      'size',
      table(
        sizes.map((one) => [byteWords(one.bytes), one.part]),
        '  ',
      ),
    ],
    ['imports', importLines(imports)],
    [
      'made with',
      table(
        [['language', manifest.language], ['sdk', description.sdk.version], ...Object.entries(manifest.tools ?? {})],
        '  ',
      ),
    ],
  ]
  output.print(
    `${output.style('bold', `${manifest.name} ${manifest.version}`)}  ${byteWords(inspection.bytes)}  ${digest}`,
  )
  for (const [title, lines] of sections) output.detail(printable(title === '' ? lines : `\n${title}\n${lines}`))
  for (const warning of warnings) output.warn(warning)
}

export interface Changes {
  permissions: { sign: '+' | '-'; key: string; words: string }[]
  description: { path: string; before?: unknown; after?: unknown }[]
  imports: { added: string[]; removed: string[] }
  bytes: { before: number; after: number }
}

const withoutPatch = (name: string): string => name.replace(/(@\d+\.\d+)\.\d+$/, '$1')

export function changesOf(before: Inspection, after: Inspection): Changes {
  const had = new Set(before.imports.map(({ name }) => withoutPatch(name)))
  const has = new Set(after.imports.map(({ name }) => withoutPatch(name)))
  return {
    permissions: permissionDiff(askOf(before.manifest), askOf(after.manifest)).flatMap(({ sign, permission }) =>
      sign === ' ' ? [] : [{ sign, key: permission.key, words: permission.words }],
    ),
    description: compare('piece', before.manifest.description, after.manifest.description).map(
      ({ path, expected, actual }) => ({
        path,
        ...(expected === undefined ? {} : { before: expected }),
        ...(actual === undefined ? {} : { after: actual }),
      }),
    ),
    imports: { added: [...has.difference(had)], removed: [...had.difference(has)] },
    bytes: { before: before.bytes, after: after.bytes },
  }
}

function printChanges(output: Output, before: Inspection, after: Inspection): void {
  const name = ({ manifest }: Inspection): string => `${manifest.name} ${manifest.version}`
  output.print(`${name(before)} → ${output.style('bold', name(after))}`)
  if (before.digest === after.digest) {
    output.print('the same bytes')
    return
  }
  if (before.manifest.name !== after.manifest.name) output.warn('these are two different pieces')
  const { description, imports } = changesOf(before, after)
  const permissions = permissionDiff(askOf(before.manifest), askOf(after.manifest))
  output.print(`\npermissions\n${changeLines(output, permissions)}`)
  if (description.length > 0) {
    const lines = differenceLines(compare('piece', before.manifest.description, after.manifest.description))
    output.print(`\nwhat it offers\n${lines.map((line) => `  ${printable(line)}`).join('\n')}`)
  }
  const signed = [...imports.added.map((one) => `  + ${one}`), ...imports.removed.map((one) => `  - ${one}`)]
  if (signed.length > 0) output.print(`\nimports\n${signed.join('\n')}`)
  const grown = after.bytes - before.bytes
  output.print(
    `\nsize\n  ${byteWords(before.bytes)} → ${byteWords(after.bytes)} (${grown < 0 ? '−' : '+'}${byteWords(Math.abs(grown))})`,
  )
}
