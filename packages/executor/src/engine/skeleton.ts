/**
 * @module engine/skeleton: what stands around the modules of a component, as it was read. A cell gets it in V8's own form,
 * because to read the component again took a third of what the first call of a piece with a hundred imports costs.
 */
import { deserialize, serialize } from 'node:v8'
import { Refused } from '../errors.ts'
import type { Component } from '../linker/component.ts'
import type { Linkable } from '../linker/program.ts'
import { MESSAGES } from '../wire.ts'

/** Of V8's form: it stands in the second byte. A Node with another one must not meet what this one wrote. */
export const FORM_VERSION = serialize(null)[1]!

/** `modules` are hashes. */
export type Skeleton = Linkable & Pick<Component, 'modules'>

/** Throws `Refused` for one that no cell would take. Of a type, a function or a resource that several name there is one in it. */
export function encodeSkeleton(
  { steps, scopes, imports, lifted }: Component,
  modules: readonly Uint8Array[],
  maxBytes: number = MESSAGES.Program.bytes,
): Uint8Array {
  const bytes = serialize({ modules, steps, scopes, imports, lifted } satisfies Skeleton)
  if (bytes.length > maxBytes)
    throw new Refused(`its types and names take ${bytes.length} bytes; at most ${maxBytes} are allowed`)
  return bytes
}

/** Of what `encodeSkeleton` wrote. */
export const decodeSkeleton = (bytes: Uint8Array): Skeleton => deserialize(bytes) as Skeleton
