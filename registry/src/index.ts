/**
 * @module registry: where pieces are published, found and pulled.
 * @example
 * const { publicUrl, close } = await serve({ data: './data', port: 0 })
 */
export { type ArtifactFile, artifactFile } from './artifact-file.ts'
export { ERRORS, type ErrorCode, RegistryError } from './errors.ts'
export { PROVENANCE_TYPE, type Published, publish, SIGNED_TYPE, type Upload } from './publication.ts'
export { openRegistry, type Registry } from './registry.ts'
export { type Serving, serve } from './serve.ts'
export { createServer, type Server } from './server.ts'
export {
  completeSettings,
  environmentOf,
  flagOf,
  SETTINGS,
  type Settings,
  settingsFromArguments,
  settingsFromEnvironment,
} from './settings.ts'
