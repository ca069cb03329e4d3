/** @module pieces: the components of fixture pieces in TypeScript, without a manifest. */
import { built } from './built.ts'

export const buildTypescriptSample = (): Promise<Uint8Array> =>
  built('test/fixtures/pieces/typescript-sample', 'typescript')

export const buildFeeds = (): Promise<Uint8Array> => built('examples/feeds', 'typescript')
