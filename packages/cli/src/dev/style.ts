/** @module dev/style: how the page of `ap-wasm dev` looks, by day and by night, on a desk and on a phone. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #14161a); --card: light-dark(#ffffff, #1c1f25); --ink: light-dark(#1b1f27, #e6e9ef);
  --soft: light-dark(#5c6675, #98a2b3); --line: light-dark(#d9dee6, #333944); --accent: light-dark(#2457d6, #7ea2ff);
  --on-accent: light-dark(#ffffff, #10131a); --good: light-dark(#14713d, #5ccb8c); --bad: light-dark(#b3261e, #ff8f86);
  --warn: light-dark(#8a5a00, #e7b75c); --code: light-dark(#eef1f5, #13151a);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; padding: 14px 20px; border-bottom: 1px solid var(--line); background: var(--card); }
h1 { font-size: 18px; margin: 0; }
h2 { font-size: 15px; margin: 0 0 10px; }
header .state { margin-left: auto; font-size: 13px; color: var(--soft); }
.state.broken { color: var(--bad); font-weight: 600; } .state.busy { color: var(--warn); }
main { display: grid; grid-template-columns: 210px minmax(0, 1fr) minmax(0, 1fr); gap: 18px; padding: 18px 20px; align-items: start; }
nav { display: flex; flex-direction: column; gap: 2px; position: sticky; top: 12px; }
nav h2 { margin: 10px 0 4px; color: var(--soft); font-size: 12px; font-weight: 600; }
nav a { padding: 6px 10px; border-radius: 6px; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { background: var(--code); } nav a[aria-current] { background: var(--accent); color: var(--on-accent); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; margin: 0 0 18px; }
.field { margin: 0 0 14px; } label { display: block; font-weight: 600; margin: 0 0 4px; }
label code, .kind code { font-weight: 400; color: var(--soft); } .must { color: var(--bad); }
.kind { font-weight: 400; } fieldset { border: 0; padding: 0; margin: 0 0 8px; }
fieldset:has(> .kind input:not(:checked)) .inner { display: none; }
form:has(> fieldset:only-of-type) .kind { display: none; }
input:not([type=checkbox], [type=radio]), select, textarea { width: 100%; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 7px 9px; }
textarea { font: 13px/1.5 ui-monospace, monospace; resize: vertical; }
:is(input, select, textarea, button, a):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.asked { display: flex; gap: 8px; align-items: start; } .asked select { min-width: 0; }
.card > .hint, fieldset > .hint { margin: 0 0 12px; }
.card > :last-child, .inner > :last-child { margin-bottom: 0; } #connection p { margin: 4px 0 0; }
.hint { margin: 4px 0 0; color: var(--soft); font-size: 13px; }
button { font: inherit; font-weight: 600; border: 1px solid transparent; border-radius: 6px; padding: 8px 18px; background: var(--accent); color: var(--on-accent); cursor: pointer; white-space: nowrap; }
button.quiet { background: none; border-color: var(--line); color: var(--accent); padding: 6px 10px; font-weight: 500; }
button:disabled { opacity: .55; cursor: wait; }
pre { margin: 0; padding: 12px; background: var(--code); border-radius: 8px; font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 60vh; overflow: auto; }
section[hidden] { display: none; }
.outcome { font-weight: 700; } .good { color: var(--good); } .bad { color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 12px 0 0; font-size: 13px; } dt { color: var(--soft); } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
#log { min-height: 3em; } #log .warn { color: var(--warn); } #log .error, #log .critical { color: var(--bad); }
.empty { color: var(--soft); margin: 0; }
#problem { border-color: var(--bad); } #problem h2 { color: var(--bad); } #problem pre { white-space: pre; }
@media (max-width: 1000px) { main { grid-template-columns: 180px minmax(0, 1fr); } #right { grid-column: 2; } }
@media (max-width: 680px) {
  main { display: block; padding: 12px; } header { padding: 12px; }
  nav { position: static; flex-direction: row; flex-wrap: wrap; margin-bottom: 14px; } nav h2 { width: 100%; margin: 4px 0 0; }
  nav a { border: 1px solid var(--line); } header .state { margin-left: 0; width: 100%; }
}
`
