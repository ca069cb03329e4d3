import { createPiece, PieceCategory } from '@ap-wasm/piece'
import { newItem } from './new-item.ts'
import { parseFeed } from './parse-feed.ts'
import { readPage } from './read-page.ts'

export const feeds = createPiece({
  displayName: 'Feeds and pages',
  description: 'Follows RSS, Atom and JSON feeds, and reads web pages as Markdown.',
  authors: ['ap-wasm'],
  categories: [PieceCategory.CONTENT_AND_FILES, PieceCategory.PRODUCTIVITY],
  actions: [parseFeed, readPage],
  triggers: [newItem],
})
