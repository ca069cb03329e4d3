/** @module piece: a piece as a whole. Its name and version stand in piece.json alone. */
import type { Action } from './action.ts'
import type { Auth, AuthParam } from './auth.ts'
import type { RespondResponse, WebhookPayload } from './context.ts'
import { type Encoding, json } from './payload.ts'
import type { Trigger } from './trigger.ts'

/** Shelves of the catalogue. */
export const PieceCategory = {
  ARTIFICIAL_INTELLIGENCE: 'ARTIFICIAL_INTELLIGENCE',
  COMMUNICATION: 'COMMUNICATION',
  COMMERCE: 'COMMERCE',
  CORE: 'CORE',
  UNIVERSAL_AI: 'UNIVERSAL_AI',
  FLOW_CONTROL: 'FLOW_CONTROL',
  BUSINESS_INTELLIGENCE: 'BUSINESS_INTELLIGENCE',
  ACCOUNTING: 'ACCOUNTING',
  PRODUCTIVITY: 'PRODUCTIVITY',
  CONTENT_AND_FILES: 'CONTENT_AND_FILES',
  DEVELOPER_TOOLS: 'DEVELOPER_TOOLS',
  CUSTOMER_SUPPORT: 'CUSTOMER_SUPPORT',
  FORMS_AND_SURVEYS: 'FORMS_AND_SURVEYS',
  HUMAN_RESOURCES: 'HUMAN_RESOURCES',
  PAYMENT_PROCESSING: 'PAYMENT_PROCESSING',
  MARKETING: 'MARKETING',
  SALES_AND_CRM: 'SALES_AND_CRM',
} as const
export type PieceCategory = (typeof PieceCategory)[keyof typeof PieceCategory]

/** For APP_WEBHOOK triggers: what one call of the app's URL means. */
export interface Events {
  /** Which event it is and whose, or the answer to a handshake. */
  parseAndReply(context: {
    payload: WebhookPayload
  }):
    | { event?: string; identifierValue?: string; reply?: RespondResponse }
    | Promise<{ event?: string; identifierValue?: string; reply?: RespondResponse }>
  /** Whether the app really sent it. */
  verify(context: { payload: WebhookPayload; webhookSecret: string }): boolean | Promise<boolean>
}

export interface PieceParams {
  displayName: string
  description?: string
  logoUrl?: string
  authors?: readonly string[]
  categories?: readonly PieceCategory[]
  /** The connection, several of different types, or none. */
  auth?: AuthParam
  actions: readonly Action[]
  triggers: readonly Trigger[]
  events?: Events
  /** `json` unless said; `msgpack` of `@ap-wasm/piece/msgpack` where bytes or size matter. */
  encoding?: Encoding
}

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/

/** A piece: what the module of an author exports. */
export class Piece {
  readonly params: PieceParams
  readonly encoding: Encoding
  readonly auth: readonly Auth[]
  readonly actions: ReadonlyMap<string, Action>
  readonly triggers: ReadonlyMap<string, Trigger>

  constructor(params: PieceParams) {
    this.params = params
    this.encoding = params.encoding ?? json
    this.auth = params.auth === undefined ? [] : Array.isArray(params.auth) ? params.auth : [params.auth]
    this.actions = byName('action', params.actions)
    this.triggers = byName('trigger', params.triggers)
    const types = this.auth.map((auth) => auth.type)
    const twice = types.find((type, index) => types.indexOf(type) !== index)
    if (twice) throw new Error(`the piece has two connections of type ${twice}; each type may stand once`)
  }
}

function byName<T extends { name: string }>(kind: string, list: readonly T[]): Map<string, T> {
  const map = new Map<string, T>()
  for (const item of list) {
    if (!NAME.test(item.name))
      throw new Error(`${kind} "${item.name}": a name has 1-64 letters, digits, "_" or "-" and no digit first`)
    if (map.has(item.name)) throw new Error(`two ${kind}s are named "${item.name}"`)
    map.set(item.name, item)
  }
  return map
}

/** Defines the piece; export the result from the entry module. */
export function createPiece(params: PieceParams): Piece {
  return new Piece(params)
}
