/** @module comparison: what changed from one version to another, permissions first. */
import { askOf, compare, type Difference, type PermissionChange, permissionDiff } from '@ap-wasm/executor'
import type { ArtifactInfo, VersionInfo } from './catalog/pieces.ts'

export interface Compared {
  version: VersionInfo
  artifact: ArtifactInfo
}

export interface Changes {
  permissions: PermissionChange[]
  description: Difference[]
  imports: { added: string[]; removed: string[] }
  bytes: { before: number; after: number }
}

const withoutPatch = (name: string): string => name.replace(/(@\d+\.\d+)\.\d+$/, '$1')
const imports = ({ artifact }: Compared): Set<string> =>
  new Set(artifact.inspection.imports.map(({ name }) => withoutPatch(name)))

export function changesOf(before: Compared, after: Compared): Changes {
  const [had, has] = [imports(before), imports(after)]
  return {
    permissions: permissionDiff(askOf(before.artifact.manifest), askOf(after.artifact.manifest)),
    description: compare('piece', before.artifact.manifest.description, after.artifact.manifest.description),
    imports: { added: [...has.difference(had)], removed: [...had.difference(has)] },
    bytes: { before: before.version.bytes, after: after.version.bytes },
  }
}
