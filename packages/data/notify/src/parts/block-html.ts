import { unreachable } from '@sluice/core'
import type { Block, Column, Fact, Row } from './block.ts'
import { type Html, html } from './html.ts'
import type { Inline } from './inline.ts'
import { like } from './look.ts'
import { type Figure, type Section, sectionsOf } from './sections.ts'

/** The parts as HTML, one after the other. */
export const blocksHtml = (blocks: readonly Block[]): readonly Html[] => sectionsOf(blocks).map(sectionHtml)

function sectionHtml(block: Section): Html {
  switch (block.kind) {
    case 'paragraph':
      return html`<p ${like('paragraph')}>${block.content.map(inlineHtml)}</p>`
    case 'heading':
      return html`<h2 ${like('heading')}>${block.text}</h2>`
    case 'figures':
      return figuresHtml(block.figures)
    case 'table':
      return tableHtml(block.columns, block.rows)
    case 'facts':
      return factsHtml(block.facts)
    case 'note':
      return html`<div ${like('note')}>${block.content.map(inlineHtml)}</div>`
    case 'code':
      return html`<pre ${like('code')}>${block.text}</pre>`
    case 'button':
      return isWeb(block.url)
        ? html`<p style="margin:20px 0 4px"><a href="${block.url}" ${like('button')}>${block.label}</a></p>`
        : html`<p ${like('paragraph')}>${block.label}: ${block.url}</p>`
    default:
      return unreachable(block)
  }
}

export function inlineHtml(inline: Inline): Html {
  if (typeof inline === 'string' || typeof inline === 'number') return html`${inline}`
  switch (inline.kind) {
    case 'toned':
      return html`<span ${like(inline.tone)}>${inline.text}</span>`
    case 'link':
      return isWeb(inline.url) ? html`<a href="${inline.url}" ${like('link')}>${inline.text}</a>` : html`${inline.text} (${inline.url})`
    default:
      return unreachable(inline)
  }
}

const isWeb = (url: string): boolean => /^(https?:\/\/|mailto:)/i.test(url)

/** Three in a row at most. Without white space between them, which would have a width. */
const figuresHtml = (figures: readonly Figure[]): Html => {
  const inRow = Math.min(figures.length, figures.length === 4 ? 2 : 3)
  const width = (100 - 2 * (inRow - 1)) / inRow
  const last = (at: number): boolean => (at + 1) % inRow === 0
  return html`<div style="margin:4px 0 8px">${figures.map(
    ({ label, value, change }, at) =>
      html`<div ${like('figure', `width:${width.toFixed(2)}%;margin-right:${last(at) ? '0' : '2%'}`)}><span ${like('label')}>${label}</span><span ${like('value')}>${value}</span>${change === undefined ? [] : [html`<span ${like('under')}>${inlineHtml(change)}</span>`]}</div>`,
  )}</div>`
}

/** Scrolls where it is wider than the screen. */
function tableHtml(columns: readonly Column[], rows: readonly Row[]): Html {
  const cell = (kind: 'head' | 'cell', at: number): Html => {
    const { align = 'left', wideOnly } = columns[at] ?? {}
    // Numbers stay whole, and so does a short word; the first column begins where the text does.
    const whole = align === 'right' ? 'white-space:nowrap' : 'min-width:64px'
    const more = [`text-align:${align}`, kind === 'cell' ? whole : '', at === 0 ? 'padding-left:0' : '']
    return like(wideOnly === true ? [kind, 'wideOnly'] : kind, more.filter((each) => each !== '').join(';'))
  }
  return html`<div style="overflow-x:auto"><table ${like('table')}>
<thead><tr>${columns.map(({ name }, at) => html`<th scope="col" ${cell('head', at)}>${name}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${columns.map((_, at) => html`<td ${cell('cell', at)}>${inlineHtml(row[at] ?? '')}</td>`)}</tr>\n`)}</tbody>
</table></div>`
}

const factsHtml = (facts: readonly Fact[]): Html => html`<table ${like('table')}>
${facts.map(([label, value]) => html`<tr><th scope="row" ${like('fact')}>${label}</th><td ${like('cell', 'padding-left:0')}>${value}</td></tr>\n`)}</table>`
