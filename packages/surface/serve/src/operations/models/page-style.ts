/** The tokens of all pages, and what this one adds to them. */
export const modelsPageStyle = `
:root { color-scheme: light dark;
  --ground: light-dark(#fbfcfc, #0e1417); --surface: light-dark(#ffffff, #141b1f); --sunken: light-dark(#f2f5f6, #10171b);
  --line: light-dark(#e3e8ea, #26323a); --text: light-dark(#13202a, #e7edf0); --quiet: light-dark(#55646e, #9aaab4);
  --accent: light-dark(#0b7a75, #3fbfb5); --accent-soft: light-dark(#e3f2f1, #12302f);
  --model: light-dark(#0b7a75, #3fbfb5); --load: light-dark(#2f6fde, #5b93f0); --check: light-dark(#a06a00, #e0a82e);
  --task: light-dark(#b5652a, #d98a4f); --source: light-dark(#6b7780, #8896a0); --changed: light-dark(#b0489b, #d274c0);
  --mono: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, monospace; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 400 14px/1.45 Inter, system-ui, sans-serif; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
header.top { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; padding: 12px 20px; border-bottom: 1px solid var(--line); }
header.top h1 { font-size: 20px; font-weight: 650; margin: 0; letter-spacing: -.01em; }
header.top input { flex: 1 1 220px; max-width: 360px; font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: 5px 10px; min-height: 32px; }
.q { color: var(--quiet); } .mono, code, pre { font-family: var(--mono); font-size: 12px; }
main { max-width: 1200px; margin: 0 auto; padding: 20px; display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; scroll-margin-top: 12px; }
.card > h2, .card > header { margin: 0; padding: 12px 16px; border-bottom: 1px solid var(--line); font-size: 14px; font-weight: 600; }
.card > header { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; } .card > header h2 { font-size: 14px; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
.card:target { border-color: var(--accent); }
.pad { padding: 12px 16px; display: grid; gap: 12px; grid-template-columns: minmax(0, 1fr); } .pad p { margin: 0; }
.scroll { overflow: auto; max-height: 70vh; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { font-weight: 550; color: var(--quiet); text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; } tr:last-child td { border-bottom: 0; }
tr:target td, tr.lit td { background: var(--accent-soft); }
td:first-child { white-space: nowrap; }
pre { margin: 0; padding: 12px; background: var(--sunken); border: 1px solid var(--line); border-radius: 6px; overflow: auto; line-height: 1.5; }
.kind { font-size: 12px; font-weight: 550; display: inline-flex; gap: 6px; align-items: center; }
.kind::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: currentColor; }
.kind.model { color: var(--model); } .kind.load { color: var(--load); } .kind.check { color: var(--check); } .kind.task { color: var(--task); } .kind.source { color: var(--source); }
.kind.load::before { border-radius: 2px; } .kind.check::before { border-radius: 2px; transform: rotate(45deg); } .kind.source::before { background: none; border: 2px solid currentColor; }
.tag { border: 1px solid var(--line); border-radius: 10px; padding: 0 8px; font-size: 12px; color: var(--quiet); } .tag.changed { color: var(--changed); border-color: currentColor; }
svg .edge { fill: none; stroke: var(--line); stroke-width: 1.5; } svg .edge.lit { stroke: var(--accent); stroke-width: 2; }
svg rect { fill: var(--surface); stroke: var(--line); } svg .bar { stroke: none; }
svg .bar.model { fill: var(--model); } svg .bar.load { fill: var(--load); } svg .bar.check { fill: var(--check); } svg .bar.task { fill: var(--task); } svg .bar.source { fill: var(--source); }
svg text { font: 500 12px Inter, system-ui, sans-serif; fill: var(--text); } svg text.q { font-weight: 400; font-size: 11px; fill: var(--quiet); }
svg a:hover rect.box, svg a.lit rect.box { stroke: var(--accent); stroke-width: 2; } svg a:hover { text-decoration: none; }
svg .dim { opacity: .25; } .hidden { display: none; }
.list { columns: 3 260px; gap: 16px; margin: 0; padding: 12px 16px; list-style: none; } .list li { break-inside: avoid; padding: 2px 0; overflow-wrap: anywhere; }
@media (max-width: 600px) { main { padding: 12px; } header.top { padding: 12px; } td, th { padding-right: 8px; }
  .columns thead { display: none; } .columns td { display: block; border: 0; padding: 1px 0; white-space: normal; } .columns tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); } .columns td:first-child { font-weight: 550; } }
`
