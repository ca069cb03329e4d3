/** @module artifact: from the piece in a folder to the file that is deployed: built, described, judged, written whole. */
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Description, embedManifest, type Inspection, inspect, type Manifest, Refused } from '@ap-wasm/executor'
import { manifestCases } from './cases.ts'
import { cacheFolder, type LocalExecutor } from './local-executor.ts'
import type { Output } from './output.ts'
import type { Project } from './project.ts'
import { toolchainOf } from './toolchain/index.ts'
import { CliError, type World } from './world.ts'

export interface BuiltArtifact {
  bytes: Uint8Array
  inspection: Inspection
  /** Where the bytes go, largest first. */
  parts: { name: string; bytes: number }[]
  builtMs: number
  warnings: string[]
}

/** The component must be what the language's tools made of it; what stands in piece.json and beside it is added here. */
export async function buildArtifact(
  world: World,
  output: Output,
  project: Project,
  executor: LocalExecutor,
): Promise<BuiltArtifact> {
  const began = performance.now()
  const toolchain = toolchainOf(project.piece.language)
  const built = await output.progress(
    `building ${project.piece.name} ${project.piece.version} (${toolchain.language})`,
    toolchain.build(project.folder, { signal: world.signal, cacheFolder: join(cacheFolder(world), 'tools') }),
  )
  const { bytes, inspection, warnings } = await output.progress(
    'describing and judging it',
    finish(project, built, executor),
  )
  const manifestBytes = bytes.length - built.component.length
  return {
    bytes,
    inspection,
    parts: [...built.parts, { name: 'manifest', bytes: manifestBytes }].sort((a, b) => b.bytes - a.bytes),
    builtMs: Math.round(performance.now() - began),
    warnings: [...(built.warnings ?? []), ...warnings],
  }
}

async function finish(
  project: Project,
  built: { component: Uint8Array; tools: Record<string, string> },
  executor: LocalExecutor,
): Promise<{ bytes: Uint8Array; inspection: Inspection; warnings: string[] }> {
  const description = (await executor.describe(built.component)) as Description
  const { $schema: _, ...piece } = project.piece
  const { cases, leftOut } = await manifestCases(project.casesFolder)
  const manifest: Manifest = {
    ...piece,
    description,
    ...(project.readme === undefined ? {} : { readme: project.readme }),
    ...(project.icon === undefined ? {} : { icon: project.icon.toBase64() }),
    ...(cases.length === 0 ? {} : { cases }),
    tools: built.tools,
  }
  const bytes = embedded(built.component, manifest)
  const inspection = await inspect(bytes)
  const warnings = [...inspection.warnings]
  if (leftOut.length > 0)
    warnings.push(`too large for the artifact's playground, left out of it: ${leftOut.join(', ')}`)
  return { bytes, inspection, warnings }
}

function embedded(component: Uint8Array, manifest: Manifest): Uint8Array {
  try {
    return embedManifest(component, manifest)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new CliError('failed', 'what the piece says about itself is not right', {
      details: error.reasons,
      remedy: 'mend each line above; "description" is what the code declares, the rest stands in piece.json',
    })
  }
}

/** Whole or not at all: who runs the old one meanwhile is not disturbed. */
export async function writeArtifact(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const half = join(dirname(file), `.${basename(file)}.${process.pid}`)
  await writeFile(half, bytes)
  await rename(half, file)
}

/** What no build reads, and what it writes. */
const NOT_SOURCE: ReadonlySet<string> = new Set(['node_modules', 'dist', 'target', 'tests', '__pycache__'])
/** Reports, records and saved answers lie beside the sources; a build reads these of the JSON files there. */
const NO_SOURCE_FILE = /\.(xml|log|tmp|wasm)$|^(?!piece\.|package|tsconfig|jsconfig|deno|composer).*\.json$/

/** Whether a build may read it: `parts` are the steps of its path from the folder of the piece. */
export const isSource = (parts: readonly string[]): boolean =>
  parts.every((name) => !NOT_SOURCE.has(name) && !name.startsWith('.')) &&
  !(parts.length === 1 && NO_SOURCE_FILE.test(parts[0]!))

/** When a file in there was changed last; 0 where there is none. */
async function changedAt(
  folder: string,
  counts: (parts: readonly string[]) => boolean,
  below: readonly string[] = [],
): Promise<number> {
  let latest = 0
  for (const entry of await readdir(join(folder, ...below), { withFileTypes: true }).catch(() => [])) {
    const parts = [...below, entry.name]
    if (!counts(parts)) continue
    const file = (): Promise<{ mtimeMs: number } | undefined> => stat(join(folder, ...parts)).catch(() => undefined)
    const at = entry.isDirectory() ? await changedAt(folder, counts, parts) : ((await file())?.mtimeMs ?? 0)
    latest = Math.max(latest, at)
  }
  return latest
}

/** What is called needs the sources as they are; what is deployed carries the cases too. */
type Freshness = 'sources' | 'sources and cases'

/** The artifact in `dist/`, if nothing was changed since. */
async function keptArtifact(project: Project, fresh: Freshness): Promise<Uint8Array | undefined> {
  const kept = await stat(project.artifact).catch(() => undefined)
  if (!kept || kept.mtimeMs < (await changedAt(project.folder, isSource))) return undefined
  const cases = fresh === 'sources and cases' ? await changedAt(project.casesFolder, () => true) : 0
  return kept.mtimeMs < cases ? undefined : readFile(project.artifact)
}

/** The artifact of the sources as they are: kept, or built now. */
export async function currentArtifact(
  world: World,
  output: Output,
  project: Project,
  executor: LocalExecutor,
  fresh: Freshness = 'sources',
): Promise<Uint8Array> {
  const kept = await keptArtifact(project, fresh)
  if (kept) return kept
  const built = await buildArtifact(world, output, project, executor)
  for (const warning of built.warnings) output.warn(warning)
  await writeArtifact(project.artifact, built.bytes)
  output.note(`built ${project.piece.name} ${project.piece.version} in ${(built.builtMs / 1000).toFixed(1)} s`)
  return built.bytes
}
