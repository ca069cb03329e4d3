/**
 * @module forms: the forms of a piece as markup, for every page that shows them (`ap-wasm dev`, a registry and its
 * playground): controls of its properties and connections, what a call answered; and what a browser does with them.
 */
export { endHtml, refusalHtml, resolvedHtml, usageHtml } from './answers.ts'
export { connection, fields, optionList } from './fields.ts'
export {
  type Answered,
  type Asked,
  all,
  authValue,
  bindForms,
  chooseMember,
  fill,
  type Input,
  one,
  read,
  showLine,
} from './filled.ts'
export { Html, html } from './html.ts'
export { memberForms, memberLinks } from './members.ts'
