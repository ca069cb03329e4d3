import { memoryStore } from './memory.ts'
import { storeSuite } from './store.suite.ts'

storeSuite((bytesPerPiece) => memoryStore({ bytesPerPiece }))
