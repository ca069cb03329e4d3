/** @module pages/style: how the pages look, by day and by night, on a desk and on a phone, on paper. */
import { tagOf } from '../answers.ts'

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#faf9f6, #101215); --card: light-dark(#ffffff, #181b20); --sunk: light-dark(#f2f0eb, #0b0d0f);
  --ink: light-dark(#1c1e22, #e7e8ea); --soft: light-dark(#5a5f69, #a3aab6); --line: light-dark(#e3e0d9, #2a2e35);
  --accent: light-dark(#3a45b8, #aab4ff); --on-accent: light-dark(#ffffff, #14162e); --tint: light-dark(#ecedfa, #23273f);
  --good: light-dark(#14663c, #6ad69c); --good-tint: light-dark(#e5f3ea, #14291e);
  --warn: light-dark(#7d5200, #ecbf6a); --warn-tint: light-dark(#faf0d9, #2c2412);
  --bad: light-dark(#a8211a, #ff9c93); --bad-tint: light-dark(#fbe9e7, #331a18);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
  --round: 10px; --gap: 20px;
}
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 16px; -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--page); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; text-rendering: optimizeLegibility; }
h1, h2, h3, h4 { line-height: 1.25; margin: 0; letter-spacing: -.011em; text-wrap: balance; }
h1 { font-size: clamp(26px, 4vw, 34px); } h2 { font-size: 20px; } h3 { font-size: 16px; }
p { margin: 0; } a { color: var(--accent); text-underline-offset: 3px; text-decoration-thickness: 1px; }
a:not(:hover) { text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); }
ul, ol { margin: 0; } .bare { list-style: none; padding: 0; }
code, pre, .mono { font-family: var(--mono); font-size: .875em; }
:is(a, button, input, select, textarea, summary, pre, [tabindex]):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: 12px; top: -60px; background: var(--accent); color: var(--on-accent); padding: 8px 14px; border-radius: 6px; z-index: 2; }
.skip:focus { top: 12px; }
.wrap { width: 100%; max-width: 1160px; margin: 0 auto; padding-inline: 24px; }
.narrow { max-width: 720px; }
body > main { flex: 1; padding-top: 36px; padding-bottom: 72px; overflow-wrap: anywhere; }
.soft { color: var(--soft); } .small { font-size: 14px; } .nums { font-variant-numeric: tabular-nums; } .break { overflow-wrap: anywhere; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.stack > * + * { margin-top: var(--gap); } .close > * + * { margin-top: 8px; }
.row { display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; }

.top { border-bottom: 1px solid var(--line); background: var(--card); }
.top .wrap { display: flex; flex-wrap: wrap; align-items: center; gap: 10px 22px; padding-top: 12px; padding-bottom: 12px; }
.brand { display: flex; align-items: center; gap: 10px; font-weight: 650; color: var(--ink); text-decoration: none; letter-spacing: -.01em; }
.brand svg { width: 26px; height: 26px; color: var(--accent); }
.top nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-left: auto; } .top nav a { color: var(--soft); text-decoration: none; padding: 4px 0; }
.top nav a:hover, .top nav a[aria-current] { color: var(--ink); }
.top form { flex: 1 1 260px; max-width: 420px; }
.end { border-top: 1px solid var(--line); color: var(--soft); font-size: 14px; }
.end .wrap { display: flex; flex-wrap: wrap; gap: 6px 22px; padding-top: 22px; padding-bottom: 28px; } .end a { color: inherit; }
.end .wrap > :first-child { margin-right: auto; }

input:not([type=checkbox], [type=radio]), select, textarea { width: 100%; font: inherit; color: inherit; background: var(--card); border: 1px solid light-dark(#b9b5ab, #4a505b); border-radius: 8px; padding: 9px 12px; }
textarea { font: 14px/1.5 var(--mono); resize: vertical; } ::placeholder { color: var(--soft); opacity: 1; }
select { text-overflow: ellipsis; }
button, .button { display: inline-block; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: 8px; padding: 9px 18px; cursor: pointer; text-decoration: none; white-space: nowrap; }
button:hover, .button:hover { filter: brightness(1.08); }
.quiet { background: none; color: var(--accent); border-color: var(--line); font-weight: 500; } .quiet:hover { background: var(--tint); }
.danger { background: none; color: var(--bad); border-color: var(--line); font-weight: 500; padding: 5px 12px; font-size: 14px; }
label { font-weight: 600; display: block; } label.check { font-weight: 400; display: flex; gap: 8px; align-items: center; white-space: nowrap; }
.field > * + * { margin-top: 5px; } .field { margin-bottom: 18px; } .hint { color: var(--soft); font-size: 14px; margin-top: 4px; } .must { color: var(--bad); }
.find { display: flex; gap: 8px; } .find input { flex: 1; min-width: 0; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--round); padding: 20px; }
.card > h2:first-child, .card > h3:first-child { margin-bottom: 12px; }
.note { border-radius: var(--round); padding: 14px 18px; background: var(--tint); } .note.warn { background: var(--warn-tint); color: inherit; } .note.bad { background: var(--bad-tint); color: inherit; } .note.good { background: var(--good-tint); color: inherit; }
.note strong:first-child { display: block; }
.chip { display: inline-block; font-size: 13px; line-height: 1.5; padding: 1px 9px; border-radius: 99px; background: var(--sunk); color: var(--soft); border: 1px solid var(--line); text-decoration: none; white-space: nowrap; max-width: 100%; overflow: hidden; text-overflow: ellipsis; vertical-align: bottom; }
a.chip:hover { color: var(--ink); border-color: var(--soft); } .chip.wide { background: var(--bad-tint); color: var(--bad); border-color: transparent; } .chip.calm { background: var(--good-tint); color: var(--good); border-color: transparent; }
.chip.on { background: var(--accent); color: var(--on-accent); border-color: transparent; } .chips { display: flex; flex-wrap: wrap; gap: 6px; min-width: 0; }

.icon { flex: none; width: 44px; height: 44px; border-radius: 11px; display: grid; place-items: center; font-weight: 650; font-size: 19px; overflow: hidden; }
.icon img { width: 100%; height: 100%; display: block; } .icon.large { width: 72px; height: 72px; border-radius: 17px; font-size: 31px; }
${[255, 200, 165, 130, 45, 20, 345, 300].map((hue, i) => `.hue-${i} { background: light-dark(hsl(${hue} 55% 92%), hsl(${hue} 32% 22%)); color: light-dark(hsl(${hue} 60% 28%), hsl(${hue} 70% 82%)); }`).join('\n')}

.hero { text-align: center; padding: 40px 0 52px; } .hero h1 { font-size: clamp(32px, 5.4vw, 50px); letter-spacing: -.025em; max-width: 18ch; margin: 0 auto; }
.hero p { color: var(--soft); font-size: 18px; max-width: 56ch; margin: 16px auto 28px; text-wrap: pretty; }
.hero form { max-width: 560px; margin: 0 auto 20px; } .hero input { padding: 13px 16px; font-size: 17px; border-radius: 11px; } .hero button { border-radius: 11px; padding: 0 24px; }
.hero .chips { justify-content: center; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); gap: 16px; }
.tile { display: flex; gap: 14px; position: relative; background: var(--card); border: 1px solid var(--line); border-radius: var(--round); padding: 18px; transition: border-color .12s; }
.tile:hover { border-color: var(--accent); } .tile h2 { font-size: 16px; } .tile :is(h2, h3) a { color: var(--ink); text-decoration: none; } .tile :is(h2, h3) a::after { content: ""; position: absolute; inset: 0; border-radius: var(--round); }
.tile > div:last-child { min-width: 0; flex: 1; } .tile p { margin-top: 3px; }
.clamp { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
.tile .foot { margin-top: 10px; font-size: 13px; color: var(--soft); display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; }
.head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 6px 20px; margin: 44px 0 16px; } main > .head:first-child { margin-top: 0; } h1 + .stack { margin-top: 16px; } form > details + button { margin-top: 14px; }
.three { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(260px, 100%), 1fr)); gap: 16px 32px; margin-top: 56px; padding-top: 36px; border-top: 1px solid var(--line); } .three h3 { margin-bottom: 6px; } .three p { color: var(--soft); }

.split { display: grid; grid-template-columns: 250px minmax(0, 1fr); gap: 36px; align-items: start; margin-top: 24px; }
.facets h2 { font-size: 14px; letter-spacing: 0; margin: 22px 0 6px; } .facets section:first-of-type h2 { margin-top: 0; }
.facets li a { display: flex; justify-content: space-between; gap: 10px; padding: 3px 10px; margin: 0 -10px; border-radius: 6px; color: var(--ink); text-decoration: none; font-size: 15px; }
.facets li a:hover { background: var(--sunk); } .facets li a[aria-current] { background: var(--tint); color: var(--accent); font-weight: 600; } .facets .n { color: var(--soft); font-variant-numeric: tabular-nums; }
.facets summary { cursor: pointer; font-weight: 600; } .facets .more summary { font-weight: 400; font-size: 14px; color: var(--soft); padding: 3px 0; }
.split .head { margin-top: 0; } .results > li + li { margin-top: 12px; } .chosen { margin: -6px 0 16px; } .scored { display: inline-flex; gap: 6px; align-items: center; } .sorts { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 15px; } .sorts a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.pager { display: flex; justify-content: space-between; margin-top: 24px; }

.lead { display: flex; gap: 20px; align-items: center; } .lead h1 + p { margin-top: 4px; } .lead > div { min-width: 0; }
.playground > * + * { margin-top: 12px; } .playground iframe { display: block; width: 100%; min-height: 320px; border: 0; } .playground .row input { flex: 1 1 240px; max-width: 360px; }
.playground summary { cursor: pointer; } .playground form { margin-top: 8px; } .playground button[hidden], .playground [role=status]:empty { display: none; }
.tabs { display: flex; gap: 4px 26px; flex-wrap: wrap; border-bottom: 1px solid var(--line); margin: 28px 0; } .tabs a { padding: 9px 1px; color: var(--soft); text-decoration: none; margin-bottom: -1px; border-bottom: 2px solid transparent; }
.tabs a:hover { color: var(--ink); } .tabs a[aria-current] { color: var(--ink); border-color: var(--accent); font-weight: 600; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr) 330px; gap: 36px; align-items: start; } .beside > aside > * + * { margin-top: 16px; } .beside > aside { grid-column: 2; grid-row: 1 / span 2; } .beside:has(> .below) { grid-template-rows: auto 1fr; } .beside > * { min-width: 0; }
.members > h2 { margin-bottom: 12px; } .members #connection > h2 { display: none; } .members #connection { background: none; border: 0; padding: 0; } .members > details { background: var(--card); border: 1px solid var(--line); border-radius: var(--round); } .members > details + details { margin-top: 10px; }
.members summary { padding: 14px 18px; cursor: pointer; list-style: none; display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; } .members summary::-webkit-details-marker { display: none; }
.members summary::before { content: ""; width: 7px; height: 7px; border-right: 2px solid var(--soft); border-bottom: 2px solid var(--soft); transform: translateY(-2px) rotate(-45deg); transition: transform .12s; flex: none; } .members [open] > summary::before { transform: translateY(-3px) rotate(45deg); }
.members summary .soft { flex-basis: 100%; padding-left: 19px; } .members .body { padding: 4px 18px 18px 37px; }
.members fieldset { border: 0; margin: 0; padding: 0; min-width: 0; } .form { border: 1px dashed var(--line); border-radius: 8px; padding: 18px 18px 2px; background: var(--page); }
fieldset:disabled :is(input, select, textarea) { opacity: 1; color: var(--soft); background: var(--card); border-color: var(--line); cursor: not-allowed; } fieldset:disabled button { display: none; }
.field label code, .kind code { font-weight: 400; color: var(--soft); } .asked select { min-width: 0; } .dynamic { color: var(--soft); }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 5px 18px; margin: 0; font-size: 15px; } .facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.asks li { padding: 7px 0 7px 26px; position: relative; } .asks li + li { border-top: 1px solid var(--line); } .asks li::before { content: "•"; position: absolute; left: 8px; color: var(--soft); }
.asks .wide { color: var(--bad); font-weight: 600; } .asks .wide::before { content: "!"; color: var(--bad); font-weight: 700; } .asks .plus { background: var(--good-tint); } .asks .minus { color: var(--soft); } .asks .plus.wide { background: var(--bad-tint); }
.asks .plus::before { content: "+"; color: inherit; font-weight: 700; } .asks .minus::before { content: "−"; }
.install details + details { border-top: 1px solid var(--line); } .install summary { cursor: pointer; padding: 8px 0; font-weight: 600; font-size: 15px; } .install .body { padding: 0 0 12px; }
.copy { display: block; user-select: all; -webkit-user-select: all; background: var(--sunk); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
.ring { display: inline-grid; place-items: center; position: relative; width: 34px; height: 34px; font-size: 12px; font-weight: 650; font-variant-numeric: tabular-nums; } .ring svg { position: absolute; inset: 0; transform: rotate(-90deg); } .ring.large { width: 64px; height: 64px; font-size: 20px; } .ring.calm { color: var(--accent); }
.ring circle { fill: none; stroke-width: 3; stroke: var(--line); } .ring .arc { stroke: currentColor; stroke-linecap: round; } .ring > span { color: var(--ink); }
.spark { width: 100%; height: 46px; color: var(--accent); display: block; } .spark rect { fill: currentColor; }
.scores li { padding: 9px 0; display: grid; grid-template-columns: minmax(0, 1fr) max-content; gap: 0 16px; } .scores li + li { border-top: 1px solid var(--line); } .scores p { grid-column: 1; color: var(--soft); font-size: 14px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: var(--round); background: var(--card); } table { border-collapse: collapse; width: 100%; font-size: 15px; } th, td { text-align: left; padding: 10px 14px; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: baseline; } th { font-weight: 600; color: var(--soft); font-size: 14px; } tbody tr:last-child > * { border-bottom: 0; } td .fit { display: block; white-space: normal; min-width: 200px; }
.gone td:first-child a { text-decoration: line-through; }
.changes { font: 13px/1.6 var(--mono); } .changes > div { padding: 8px 0; } .changes > div + div { border-top: 1px solid var(--line); } .changes dt { font-weight: 600; } .changes dd { margin: 0; padding-left: 16px; text-indent: -16px; overflow-wrap: anywhere; } dl.changes { margin: 0; }
.added::before { content: "+ "; } .removed::before { content: "− "; } .added { color: var(--good); } .removed { color: var(--bad); }

.prose { overflow-wrap: anywhere; } .prose > * + * { margin-top: 14px; } .prose :is(h2, h3, h4, h5, h6) { margin-top: 30px; } .prose > :first-child { margin-top: 0; } .prose h2 { font-size: 21px; } .prose h3 { font-size: 17px; } .prose :is(h4, h5, h6) { font-size: 15px; }
.prose li + li { margin-top: 4px; } .prose :is(ul, ol) { padding-left: 24px; } .prose pre { background: var(--sunk); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; overflow-x: auto; line-height: 1.55; } .prose :not(pre) > code { background: var(--sunk); border-radius: 4px; padding: 1px 5px; }
.prose blockquote { margin: 0; padding-left: 16px; border-left: 3px solid var(--line); color: var(--soft); } .prose table { display: block; overflow-x: auto; width: max-content; max-width: 100%; border: 1px solid var(--line); border-radius: 8px; } .prose table { overflow-wrap: normal; } .prose td { white-space: normal; min-width: 5em; } .prose hr { border: 0; border-top: 1px solid var(--line); margin: 28px 0; }
.plain { max-width: 420px; margin: 24px auto 0; } .plain h1 { margin-bottom: 20px; } .plain button { width: 100%; }
.code { font: 600 30px/1.3 var(--mono); letter-spacing: .08em; text-align: center; padding: 14px; background: var(--sunk); border-radius: var(--round); }
.play { width: 100%; height: 78vh; min-height: 560px; border: 1px solid var(--line); border-radius: var(--round); background: var(--card); display: block; }
.lost { text-align: center; padding: 60px 0; } .lost .figure { font: 650 15px/1 var(--mono); color: var(--soft); } .lost h1 { margin: 12px 0; } .lost p { max-width: 60ch; margin: 8px auto; } .lost ul { text-align: left; max-width: 70ch; margin: 18px auto; }

@media (max-width: 900px) {
  .split, .beside { grid-template-columns: minmax(0, 1fr); gap: 26px; } .beside > aside { grid-column: 1; grid-row: auto; } .top form { order: 3; flex-basis: 100%; max-width: none; } .wrap { padding-inline: 16px; } body > main { padding-top: 24px; }
  .hero { padding: 20px 0 36px; } .top .wrap { gap: 10px 12px; } .top nav { gap: 4px 14px; font-size: 15px; } .brand { gap: 8px; font-size: 15px; } .brand svg { width: 22px; height: 22px; } .facets { border: 1px solid var(--line); border-radius: var(--round); background: var(--card); padding: 12px 18px; }
  .facets h2:first-child { margin-top: 12px; } .lead { align-items: flex-start; gap: 14px; } .icon.large { width: 52px; height: 52px; font-size: 23px; border-radius: 13px; } .members .body { padding-left: 18px; }
}
@media (max-width: 640px) {
  .scroll :is(table, tbody, tr, td) { display: block; } .scroll thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .scroll tr { padding: 10px 14px; border-bottom: 1px solid var(--line); } .scroll tbody tr:last-child { border-bottom: 0; }
  .scroll td { display: grid; grid-template-columns: 84px minmax(0, 1fr); gap: 12px; padding: 3px 0; border: 0; white-space: normal; } .scroll td::before { content: attr(data-label); color: var(--soft); font-size: 14px; } .scroll td .fit { min-width: 0; }
  .end .wrap > :first-child { flex-basis: 100%; } .top .wrap { gap: 10px 8px; } .top nav { gap: 4px 12px; }
}
@media (min-width: 901px) { .facets > details > summary { display: none; } .facets > details::details-content { content-visibility: visible; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media print { .top form, .top nav, .end, .facets, .tabs { display: none; } }
`

export const STYLE_HREF = `/assets/style-${tagOf(STYLE).replaceAll('"', '').slice(0, 12)}.css`
