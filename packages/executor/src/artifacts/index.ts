/** @module artifacts: the bytes of deployed pieces, by digest. One shape for every driver; `folder` is the one that ships. */

export interface Artifacts {
  /** Stored for certain when it resolves; the same bytes again are no error. AP_STORAGE_FULL leaves nothing half-written. */
  put(digest: string, bytes: Uint8Array): Promise<void>
  /** Whose hash is the digest, or AP_ARTIFACT_LOST. */
  get(digest: string): Promise<Uint8Array>
  has(digest: string): Promise<boolean>
  /** Nothing happens where there is none. */
  delete(digest: string): Promise<void>
  list(): Promise<{ digest: string; bytes: number }[]>
}

export { openArtifactsFolder } from './folder.ts'
