/** @module names: who may be called what: scopes and bare names are owned, and what a reader would confuse is one name. */

export const ACCOUNT_NAME = /^[a-z][a-z0-9-]{0,38}$/
export const PIECE_NAME = /^(?:@[a-z][a-z0-9-]{0,63}\/)?[a-z][a-z0-9-]{0,63}$/

/** What is owned: the scope of a piece, or its bare name. */
export const namespaceOf = (piece: string): string => (piece.startsWith('@') ? piece.split('/')[0]! : piece)

/** Looks alike in most faces. Names hold a-z, 0-9 and - alone, so that no other alphabet comes into it. */
const ALIKE: readonly (readonly [RegExp, string])[] = [
  [/-/g, ''],
  [/0/g, 'o'],
  [/1/g, 'l'],
  [/5/g, 's'],
  [/rn/g, 'm'],
  [/vv/g, 'w'],
]

/** Equal for namespaces that a reader would confuse: `feed-s`, `feed5`. A scope and a bare name are told apart by the @. */
export const skeletonOf = (namespace: string): string =>
  ALIKE.reduce((text, [alike, as]) => text.replace(alike, as), namespace)

/** They would speak for the registry, or for everybody. `@piece` is the scope under which OCI clients find bare names. */
const RESERVED: ReadonlySet<string> = new Set(
  ['piece', 'pieces', 'admin', 'moderator', 'official', 'registry', 'security', 'support'].map((one) => `@${one}`),
)

export const isReserved = (namespace: string): boolean =>
  [...RESERVED].some((reserved) => skeletonOf(reserved) === skeletonOf(namespace))

/** Whether a token's scope reaches a piece: `*`, `@scope/*`, or the one piece. */
export const reaches = (scope: string, piece: string): boolean =>
  scope === '*' || scope === piece || (scope.endsWith('/*') && piece.startsWith(scope.slice(0, -1)))

export const isTokenScope = (scope: string): boolean =>
  scope === '*' || PIECE_NAME.test(scope) || (scope.endsWith('/*') && PIECE_NAME.test(`${scope.slice(0, -1)}x`))

/** OCI names have no @; a bare name gets the scope `piece`: `wkg get acme:github`, `wkg get piece:feeds`. */
export const repositoryOf = (piece: string): string => (piece.startsWith('@') ? piece.slice(1) : `piece/${piece}`)
export function pieceOfRepository(repository: string): string | undefined {
  const name = repository.startsWith('piece/') ? repository.slice('piece/'.length) : `@${repository}`
  return PIECE_NAME.test(name) ? name : undefined
}
