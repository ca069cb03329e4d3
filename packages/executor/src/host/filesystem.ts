/**
 * @module host/filesystem: wasi:filesystem without a file. Toolchains import it without need; there is no preopened
 * folder, so no guest can hold a descriptor, and each function on one refuses all the same.
 */
import { immediate } from './call.ts'
import { refusal, refusals } from './inert.ts'
import type { Bindings } from './world.ts'

const DESCRIPTOR_METHODS = [
  'read-via-stream',
  'write-via-stream',
  'append-via-stream',
  'advise',
  'sync-data',
  'get-flags',
  'get-type',
  'set-size',
  'set-times',
  'read',
  'write',
  'read-directory',
  'sync',
  'create-directory-at',
  'stat',
  'stat-at',
  'set-times-at',
  'link-at',
  'open-at',
  'readlink-at',
  'remove-directory-at',
  'rename-at',
  'symlink-at',
  'unlink-file-at',
  'metadata-hash',
  'metadata-hash-at',
] as const

export const types = {
  ...refusals('descriptor', DESCRIPTOR_METHODS, 'not-permitted'),
  '[method]descriptor.is-same-object': immediate(() => false),
  '[method]directory-entry-stream.read-directory-entry': refusal('not-permitted'),
  // An error of a stream never comes from a file here.
  'filesystem-error-code': immediate(() => undefined),
} satisfies Bindings<'wasi:filesystem/types'>

export const preopens = { 'get-directories': immediate(() => []) } satisfies Bindings<'wasi:filesystem/preopens'>
