/** @module desk/deploy: from uploaded bytes to a version that can be called: inspected, described, prepared, stored. */

import { decodeJson } from '../codec.ts'
import type { Desk } from '../desk.ts'
import { digestOf } from '../digest.ts'
import { createOutside, missing, type OutsideContext } from '../effects/index.ts'
import { type ProgramProduct, productOf } from '../engine.ts'
import { PieceError } from '../errors.ts'
import { newCallId } from '../ids.ts'
import { runChild } from '../inspect/child.ts'
import { type Inspection, inspect } from '../inspect.ts'
import { lowered } from '../limits.ts'
import { type Ask, askOf, type Manifest } from '../manifest.ts'
import { limitsOf } from '../settings.ts'

export interface Deployed {
  name: string
  version: string
  digest: string
  capabilities: Ask
  /** What waits for consent. */
  missing: string[]
  warnings: string[]
  /** False: the same bytes were there already. */
  isNew: boolean
}

const DESCRIBE_MS = 10_000
const NOTHING_GRANTED = { http: [], env: {}, store: [], files: [], run: [] } as const

export async function deploy(desk: Desk, tenant: string, bytes: Uint8Array, dryRun: boolean): Promise<Deployed> {
  const { componentBytes } = desk.settings
  if (bytes.length > componentBytes)
    throw new PieceError('AP_BODY_TOO_LARGE', { bytes: bytes.length, limit: componentBytes, name: 'componentBytes' })

  const there = desk.pieces.withDigest(tenant, digestOf(bytes))
  if (there) return deployed(desk, tenant, there.manifest, there.digest, { warnings: [], isNew: false })

  const inspection = await inspect(bytes, {
    describe: (program) => describe(desk, tenant, program),
    admit: (manifest) => {
      refuseOther(desk, tenant, manifest)
      desk.pieces.demandRoom(tenant, bytes.length, desk.settings.artifactBytesPerTenant)
    },
    ...(dryRun ? {} : { engine: desk.engine }),
  })
  const { manifest, digest, warnings } = inspection
  if (!dryRun) await store(desk, tenant, inspection, bytes)
  return deployed(desk, tenant, manifest, digest, { warnings, isNew: true })
}

function deployed(
  desk: Desk,
  tenant: string,
  manifest: Manifest,
  digest: string,
  more: Pick<Deployed, 'warnings' | 'isNew'>,
): Deployed {
  const { name, version } = manifest
  const capabilities = askOf(manifest)
  const waits = missing(desk.grants.granted(tenant, name), capabilities)
  return { name, version, digest, capabilities, missing: waits, ...more }
}

/** All that a deploy finds out about an artifact, `describe` included; nothing is kept of it. */
export const judge = (desk: Desk, tenant: string, bytes: Uint8Array): Promise<Inspection> =>
  inspect(bytes, { describe: (program) => describe(desk, tenant, program) })

/** What a component that has no manifest yet says about itself; nothing is kept of it. */
export async function describeComponent(desk: Desk, tenant: string, component: Uint8Array): Promise<unknown> {
  const { built } = await runChild('component', component)
  return describe(desk, tenant, productOf(digestOf(component), built))
}

/** A dry run hears of it too. */
function refuseOther({ pieces }: Desk, tenant: string, { name, version }: Manifest): void {
  const other = pieces.find(tenant, name, version)
  if (other) throw new PieceError('AP_VERSION_EXISTS', { name, version, digest: other.digest })
}

/** `describe`, in a cell with nothing granted. */
export async function describe(
  desk: Desk,
  tenant: string,
  program: ProgramProduct,
  mostMs: number = DESCRIBE_MS,
): Promise<unknown> {
  const startedAt = Date.now()
  const callId = newCallId(startedAt)
  const piece = program.digest
  const limits = lowered(limitsOf(desk.settings), { wallMs: DESCRIBE_MS, cpuMs: mostMs })
  const context: OutsideContext = {
    ...{ tenant, piece, callId, limits, startedAt, grants: NOTHING_GRANTED },
    ...{ encoding: 'json', auth: undefined, run: { projectId: 'default' }, testing: false },
  }
  const answer = await desk.cells.run({
    ...{ callId, tenant, piece, program, limits, encoding: 'json', env: {} },
    work: { kind: 'describe' },
    outside: () => createOutside(context, desk.outside),
    deadlineAt: performance.now() + limits.wallMs,
  })
  if (answer.kind === 'error') throw answer.error
  if (answer.kind === 'output') return decodeJson(answer.bytes)
  throw new PieceError('AP_OUTPUT_INVALID', { detail: `${answer.failure.code}: ${answer.failure.message}` })
}

/** Bytes first: a row never names what is not there; bytes without a row go at the next start. */
async function store(desk: Desk, tenant: string, { manifest, digest }: Inspection, bytes: Uint8Array): Promise<void> {
  const { artifacts, pieces, settings, state } = desk
  await pieces.withRoom(tenant, bytes.length, settings.artifactBytesPerTenant, async () => {
    await artifacts.put(digest, bytes)
    await state.commit(() => pieces.add(tenant, manifest, digest, bytes.length, Date.now()))
  })
}
