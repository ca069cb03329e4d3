/** @module playground/style: how the frame looks, by day and by night, on a desk and on a phone: as the pages around it. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#faf9f6, #101215); --card: light-dark(#ffffff, #181b20); --code: light-dark(#f2f0eb, #0b0d0f);
  --ink: light-dark(#1c1e22, #e7e8ea); --soft: light-dark(#5a5f69, #a3aab6); --line: light-dark(#e3e0d9, #2a2e35);
  --edge: light-dark(#b9b5ab, #4a505b); --accent: light-dark(#3a45b8, #aab4ff); --on-accent: light-dark(#ffffff, #14162e);
  --tint: light-dark(#ecedfa, #23273f); --good: light-dark(#14663c, #6ad69c); --warn: light-dark(#7d5200, #ecbf6a);
  --bad: light-dark(#a8211a, #ff9c93); --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
}
*, ::before, ::after { box-sizing: border-box; }
html { background: var(--page); }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
header { display: flex; gap: 14px; align-items: center; min-height: 44px; padding-bottom: 10px; }
#state { margin: 0; color: var(--soft); font-size: 14px; } #state.busy { color: var(--warn); } #state.broken { color: var(--bad); font-weight: 600; }
h1 { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; margin: 0; overflow: hidden; white-space: nowrap; }
h2 { font-size: 18px; line-height: 1.3; margin: 0 0 10px; } p { margin: 0; } p + p { margin-top: 6px; }
main { display: grid; grid-template-columns: 190px minmax(0, 1fr) minmax(0, 1fr); gap: 20px; align-items: start; } main.single { display: block; }
main > :not(nav) { min-width: 0; overflow-wrap: anywhere; }
nav { display: flex; flex-direction: column; gap: 2px; position: sticky; top: 0; }
nav h2 { margin: 10px 0 4px; color: var(--soft); font-size: 13px; font-weight: 600; } nav h2:first-child { margin-top: 0; }
nav a { padding: 7px 12px; border-radius: 8px; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { background: var(--tint); } nav a[aria-current] { background: var(--tint); color: var(--accent); font-weight: 600; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px; margin: 0 0 18px; }
.card > :last-child, .inner > :last-child { margin-bottom: 0; }
summary { cursor: pointer; font-weight: 600; } details[open] > summary { margin-bottom: 8px; }
.field { margin: 0 0 16px; } label { display: block; font-weight: 600; margin: 0 0 5px; }
label code, .kind code { font-weight: 400; color: var(--soft); } .must { color: var(--bad); } .kind { font-weight: 400; }
fieldset { border: 0; padding: 0; margin: 0 0 8px; min-width: 0; }
fieldset:has(> .kind input:not(:checked)) .inner { display: none; } form:has(> fieldset:only-of-type) .kind { display: none; }
.pairs { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 0 16px; margin-top: 10px; }
input:not([type=checkbox], [type=radio]), select, textarea { width: 100%; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--edge); border-radius: 8px; padding: 8px 11px; }
input[type=file] { padding: 6px; } input:is([type=checkbox], [type=radio]) { width: 18px; height: 18px; accent-color: var(--accent); vertical-align: -3px; }
textarea { font: 14px/1.5 var(--mono); resize: vertical; } ::placeholder { color: var(--soft); opacity: 1; } select { text-overflow: ellipsis; }
:is(input, select, textarea, button, a, summary, [tabindex]):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.asked { display: flex; gap: 8px; align-items: start; } .asked select { min-width: 0; }
.hint { color: var(--soft); font-size: 14px; margin: 4px 0 0; } .card > .hint, fieldset > .hint { margin: 0 0 14px; } .card.hint { padding: 14px 18px; }
code, pre { font-family: var(--mono); font-size: 14px; } code { overflow-wrap: anywhere; }
button { font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: 8px; padding: 9px 20px; cursor: pointer; white-space: nowrap; }
button.quiet { background: none; border-color: var(--line); color: var(--accent); padding: 6px 12px; font-weight: 500; } button.quiet:hover { background: var(--tint); }
button:disabled { opacity: .6; cursor: wait; } #stop { color: var(--bad); }
pre { margin: 0; padding: 12px; background: var(--code); border-radius: 8px; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 440px; overflow: auto; }
#log:empty { padding: 0; background: none; color: var(--soft); font: inherit; } #log:empty::before { content: "Nothing yet."; }
section[hidden], button[hidden] { display: none; }
.outcome { font-weight: 700; margin-bottom: 6px; } .good { color: var(--good); } .bad { color: var(--bad); } .empty { color: var(--soft); }
#result > * + * { margin-top: 8px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 14px; margin: 12px 0 0; font-size: 14px; } dt { color: var(--soft); } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
meter { width: 110px; height: 14px; vertical-align: -2px; }
#log { min-height: 3em; } #log .warn { color: var(--warn); } #log :is(.error, .critical) { color: var(--bad); }
.exchanges { list-style: none; margin: 0; padding: 0; font-size: 14px; } .exchanges li + li { margin-top: 10px; } .url { overflow-wrap: anywhere; }
.exchanges button { margin-top: 6px; }
@media (max-width: 1000px) { main { grid-template-columns: 170px minmax(0, 1fr); } #right { grid-column: 2; } }
@media (max-width: 680px) {
  main { display: block; } nav { position: static; flex-direction: row; flex-wrap: wrap; gap: 6px; margin-bottom: 16px; }
  nav h2 { width: 100%; margin: 4px 0 0; } nav a { border: 1px solid var(--line); padding: 6px 12px; } .card { padding: 14px; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: 4px; }
}
`
