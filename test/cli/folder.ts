/** @module folder: the folder of a piece that was built already, from text: commands find its artifact and build nothing. */
import type { Manifest } from '@ap-wasm/executor'
import { TemporaryFolder } from '../../packages/cli/src/cli.suite.ts'
import { artifact } from '../api/server.ts'
import type { Fixture } from '../fixture.ts'

export async function pieceFolder(
  piece: Partial<Manifest>,
  fixture: Fixture = {},
  files: Record<string, object> = {},
): Promise<TemporaryFolder & { artifact: string }> {
  const { name = 'fixture', version = '1.0.0' } = piece
  const folder = new TemporaryFolder()
  await folder.write({ 'piece.json': { name, version, language: 'wat', ...piece }, ...files })
  const file = `dist/${name.replace('@', '').replace('/', '-')}-${version}.wasm`
  await folder.write({ [file]: await artifact(piece, fixture) })
  return Object.assign(folder, { artifact: file })
}
