/**
 * @module forms: the controls of a piece's properties and connections as markup, for every page that shows a form of one
 * (`ap-wasm dev`, a registry), and the markup itself: escaped unless it is markup already.
 */
export { connection, fields, optionList } from './fields.ts'
export { Html, html } from './html.ts'
