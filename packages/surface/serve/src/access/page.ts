import { createHash } from 'node:crypto'

/** Names and colours are those of the tokens that every page uses. Both schemes hang on `:root`: on `body` the canvas would stay white. */
const style = `
:root { color-scheme: light dark; --ground: light-dark(#fbfcfc, #0e1417); --surface: light-dark(#ffffff, #141b1f); --line: light-dark(#e3e8ea, #26323a);
  --text: light-dark(#13202a, #e7edf0); --quiet: light-dark(#55646e, #9aaab4); --accent: light-dark(#0b7a75, #3fbfb5); --on-accent: light-dark(#ffffff, #06201f);
  --success: light-dark(#1f8a5b, #3fb27f); --running: light-dark(#2f6fde, #5b93f0); --queued: light-dark(#8b7cd8, #a598e8);
  --cancelled: light-dark(#6b7780, #8896a0); --failed: light-dark(#cf3b3b, #ee6a6a) }
* { box-sizing: border-box }
body { margin: 3rem auto; max-width: 40rem; padding: 0 1rem; background: var(--ground); color: var(--text);
  font: 14px/1.5 "Inter Variable", Inter, system-ui, sans-serif; overflow-wrap: anywhere }
header a { color: var(--text); font-weight: 650; text-decoration: none }
h1 { font-size: 20px; line-height: 28px; font-weight: 650 }
a { color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
code, pre { font-family: ui-monospace, monospace; font-size: 13px }
pre, [role=alert] { padding: 12px 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); white-space: pre-wrap }
[role=alert] { border-color: var(--failed) }
li { margin: 4px 0 }
form { max-width: 24rem }
label { display: block; margin-top: 12px; font-weight: 550 }
input { display: block; width: 100%; margin-top: 4px; padding: 6px 10px; border: 1px solid var(--quiet); border-radius: 6px; background: var(--surface);
  color: var(--text); font: inherit; font-size: 16px }
button { min-height: 32px; margin-top: 16px; padding: 5px 14px; border: 1px solid var(--accent); border-radius: 6px; background: var(--accent);
  color: var(--on-accent); font: inherit; font-weight: 550; cursor: pointer }
.quiet { color: var(--quiet); font-weight: 400 }
body.wide { max-width: 1200px }
.who { display: flex; gap: 12px; align-items: center; justify-content: flex-end; max-width: none; margin-top: -2.2rem }
button.plain { min-height: 24px; margin: 0; padding: 2px 10px; border-color: var(--line); background: var(--surface); color: var(--text); font-size: 13px }
.card { margin: 16px 0; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); overflow: hidden }
.card h2 { margin: 0; padding: 12px 16px; border-bottom: 1px solid var(--line); font-size: 14px; font-weight: 600 }
.card > p { margin: 12px 16px }
.card > pre { margin: 12px 16px; background: var(--ground) }
.card ul { margin: 0; padding: 0; list-style: none }
.card li { display: flex; gap: 12px; align-items: baseline; margin: 0; padding: 10px 16px; border-bottom: 1px solid var(--line) }
.card li:last-child, tbody tr:last-child td { border-bottom: 0 }
.card li .body { flex: 1; min-width: 0 }
.right, time { white-space: nowrap; font-variant-numeric: tabular-nums }
.card a { color: inherit; text-decoration-color: var(--accent) }
table { width: 100%; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th { padding: 8px 16px; border-bottom: 1px solid var(--line); color: var(--quiet); font-weight: 550; text-align: left; white-space: nowrap }
td { padding: 8px 16px; border-bottom: 1px solid var(--line); vertical-align: top }
.st { display: inline-flex; gap: 6px; align-items: center; min-width: 84px; font-size: 12px; font-weight: 550; white-space: nowrap }
.st::before { content: ""; flex: none; width: 8px; height: 8px; border: 2px solid currentColor; border-radius: 50% }
.st.failed, .st.upstream_failed { color: var(--failed) }
.st.failed::before { border-radius: 2px; background: currentColor; transform: rotate(45deg) }
.st.success { color: var(--success) }
.st.success::before { background: currentColor }
.st.running { color: var(--running) }
.st.queued { color: var(--queued) }
.st.cancelled, .st.skipped, .st.waiting, .st.settled { color: var(--cancelled) }
@media (max-width: 640px) {
  body { margin-top: 1rem }
  .who { margin-top: 4px; justify-content: space-between }
  .card li { flex-wrap: wrap }
  .card li .body { flex-basis: 100%; order: 3 }
  .card li .right { margin-left: auto }
  th, td { padding: 8px 10px }
  .more { display: none }
}
`

/** The one style that pages may have, by its hash: what somebody would inject has none. */
export const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

/** What somebody sent, as text of a page or value of an attribute. */
export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)

/** The frame of the pages that work without scripts. @param content HTML of our own; what somebody sent is `escaped`. */
export const page = (content: string, width: 'narrow' | 'wide' = 'narrow'): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Sluice</title>
<style>${style}</style>
<body${width === 'wide' ? ' class="wide"' : ''}>
<header><a href="/">Sluice</a></header>
<main>
${content}
</main>
</body>
</html>
`
