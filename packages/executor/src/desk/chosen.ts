/** @module desk/chosen: the version that a call runs, and what it was granted of what it asks. */
import type { Call } from '../call.ts'
import type { Grants } from '../effects/index.ts'
import { askOf, type Manifest } from '../manifest.ts'
import { remembered } from '../state/remembered.ts'
import type { State } from '../state.ts'
import type { GrantsBook } from './grants-book.ts'
import type { Pieces, PieceVersion } from './pieces.ts'
import { resolveVersion } from './resolve-version.ts'

export interface Chosen {
  readonly version: PieceVersion
  readonly grants: Grants
}

/** So many are remembered; a manifest may have a megabyte. */
const CHOICES = 200

export type Choose = ReturnType<typeof createChoose>

/** `instead` of what was granted: a rehearsal's. Throws where no version can run. */
export function createChoose(state: State, pieces: Pieces, book: GrantsBook) {
  const choices = remembered<Chosen>(state, CHOICES)

  function choose({ tenant, piece, version: wanted }: Call, granted: Grants): Chosen {
    const version = resolveVersion(pieces, granted, tenant, piece, wanted)
    return { version, grants: asked(version.manifest, granted) }
  }

  return (call: Call, instead?: Grants): Chosen => {
    if (instead) return choose(call, instead)
    const { tenant, piece, version } = call
    return choices(JSON.stringify([tenant, piece, version]), () => choose(call, book.granted(tenant, piece)))
  }
}

/** What the version asks: all of it was granted, and what else was granted is not for this version. */
function asked(manifest: Manifest, granted: Grants): Grants {
  const ask = askOf(manifest)
  const env = Object.entries(granted.env).filter(([name]) => Object.hasOwn(ask.env, name))
  return { ...ask, env: Object.fromEntries(env) }
}
