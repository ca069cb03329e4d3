import { createPiece, PieceCategory } from '@ap-wasm/piece'
import { burn, clock, fail, large, nested, random } from './behaviour.ts'
import { auth, connection } from './connections.ts'
import { environment, http, httpAll, log, readFile, state, steer, writeFile } from './outside.ts'
import { all, defaults, echo } from './properties.ts'
import { app, events, manual, pollLast, pollTime, webhook } from './triggers.ts'

export const conformance = createPiece({
  displayName: 'Conformance',
  description: 'The same piece in every language.',
  logoUrl: 'https://example.com/logo.png',
  authors: ['ap-wasm'],
  categories: [PieceCategory.DEVELOPER_TOOLS, PieceCategory.CORE],
  auth,
  actions: [
    echo,
    all,
    defaults,
    connection,
    http,
    httpAll,
    state,
    writeFile,
    readFile,
    steer,
    log,
    environment,
    clock,
    random,
    fail,
    burn,
    large,
    nested,
  ],
  triggers: [pollTime, pollLast, webhook, app, manual],
  events,
})
