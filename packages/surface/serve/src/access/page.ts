import { createHash } from 'node:crypto'

/** Names and colours are those of the tokens that every page uses. Both schemes hang on `:root`: on `body` the canvas would stay white. */
const style = `
:root { color-scheme: light dark; --ground: light-dark(#fbfcfc, #0e1417); --surface: light-dark(#ffffff, #141b1f); --line: light-dark(#e3e8ea, #26323a);
  --text: light-dark(#13202a, #e7edf0); --quiet: light-dark(#55646e, #9aaab4); --accent: light-dark(#0b7a75, #3fbfb5); --on-accent: light-dark(#ffffff, #06201f);
  --failed: light-dark(#cf3b3b, #ee6a6a) }
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
.quiet { color: var(--quiet) }
`

/** The one style that pages may have, by its hash: what somebody would inject has none. */
export const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

/** What somebody sent, as text of a page or value of an attribute. */
export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)

/** The frame of the pages that work without scripts. @param content HTML of our own; what somebody sent is `escaped`. */
export const page = (content: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Sluice</title>
<style>${style}</style>
<header><a href="/">Sluice</a></header>
<main>
${content}
</main>
</html>
`
