/** Text as it may stand in HTML. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

/** A mail's frame; styles stand inline, since mail programs drop the others. */
export const htmlMail = (title: string, body: string): string => `<!doctype html>
<html lang="fr"><body style="margin:0;padding:24px;font-family:system-ui,sans-serif;color:#1a1a1a;background:#ffffff">
<h1 style="font-size:18px;margin:0 0 16px">${escapeHtml(title)}</h1>
${body}
</body></html>`

/** Preformatted text: the report as it stands in the log. */
export const preformatted = (lines: readonly string[]): string =>
  `<pre style="font-family:ui-monospace,monospace;font-size:13px;line-height:1.5">${escapeHtml(lines.join('\n'))}</pre>`

export const tableOf = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag} style="text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid #ddd">${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  return `<table style="border-collapse:collapse;font-size:14px">${cells('th', header)}${rows.map((row) => cells('td', row)).join('')}</table>`
}
