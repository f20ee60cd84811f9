/** Markup that is safe to put into a page. Made by `html` alone. */
export interface Html {
  readonly markup: string
}

type Value = string | number | Html | readonly Html[]

/** A template whose values are escaped, unless they are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { markup: parts.map((part, index) => part + (index < values.length ? markupOf(values[index] ?? '') : '')).join('') }
}

function markupOf(value: Value): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value))
  return 'markup' in value ? value.markup : value.map((each) => each.markup).join('')
}

/** For text and for attribute values in either quotes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

const font = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:15px;line-height:1.5"
const cell = 'padding:4px 12px 4px 0;border-bottom:1px solid #999;vertical-align:top'

/** A whole document. It names no background and no text colour: the reader's program chooses light or dark. */
export const page = (title: string, body: readonly Html[], lang = 'en'): string =>
  html`<!doctype html>
<html lang="${lang}">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${title}</title></head>
<body style="${font};margin:0;padding:16px;max-width:720px">
<h1 style="font-size:19px;margin:0 0 12px">${title}</h1>
${body.map((block) => html`${block}\n`)}</body>
</html>
`.markup

export interface Column {
  readonly name: string
  /** Default left. Numbers read better at the right. */
  readonly align?: 'left' | 'right'
}

export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
}

export const tableHtml = ({ columns, rows }: Table): Html => {
  const style = (index: number): string => `${cell};text-align:${columns[index]?.align ?? 'left'}`
  return html`<table style="border-collapse:collapse;margin:8px 0">
<thead><tr>${columns.map(({ name }, index) => html`<th scope="col" style="${style(index)}">${name}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((value, index) => html`<td style="${style(index)}">${value}</td>`)}</tr>\n`)}</tbody>
</table>`
}

/** The same in columns of a fixed-width text. */
export function tableText({ columns, rows }: Table): string {
  const widths = columns.map(({ name }, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)))
  const line = (values: readonly string[]): string =>
    columns
      .map(({ align }, index) =>
        align === 'right' ? (values[index] ?? '').padStart(widths[index] ?? 0) : (values[index] ?? '').padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ name }) => name)), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

export type Fact = readonly [label: string, value: string]

export const factsHtml = (facts: readonly Fact[]): Html => html`<table style="border-collapse:collapse;margin:8px 0">
${facts.map(([label, value]) => html`<tr><th scope="row" style="${cell};text-align:left;font-weight:600">${label}</th><td style="${cell}">${value}</td></tr>\n`)}</table>`

export function factsText(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(([label]) => label.length))
  return facts.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')
}

export const code = (text: string): Html =>
  html`<pre style="font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px;padding:8px 12px;border:1px solid #999;border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0">${text}</pre>`

export const paragraph = (text: string): Html => html`<p style="margin:8px 0">${text}</p>`

export const heading = (text: string): Html => html`<h2 style="font-size:16px;margin:16px 0 4px">${text}</h2>`

export const link = (url: string, label: string): readonly Html[] =>
  /^https?:\/\//.test(url) ? [html`<p style="margin:8px 0"><a href="${url}">${label}</a></p>`] : []
