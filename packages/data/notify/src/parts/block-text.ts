import { unreachable } from '@sluice/core'
import type { Block, Column, Fact, Row } from './block.ts'
import type { Inline } from './inline.ts'
import { type Section, sectionsOf } from './sections.ts'

/** The parts as plain text: a heading stands right above what follows, an empty line is between the others. */
export const blocksText = (blocks: readonly Block[]): string =>
  sectionsOf(blocks)
    .map((section) => sectionText(section) + (section.kind === 'heading' ? '\n' : '\n\n'))
    .join('')
    .trimEnd()

function sectionText(block: Section): string {
  switch (block.kind) {
    case 'paragraph':
    case 'note':
      return block.content.map(inlineText).join('')
    case 'heading':
    case 'code':
      return block.text
    case 'figures':
      return factsText(block.figures.map(({ label, value, change }) => [label, valueText(value, change)]))
    case 'table':
      return block.lines?.join('\n') ?? columnsText(block.columns, block.rows)
    case 'facts':
      return factsText(block.facts)
    case 'button':
      return `${block.label}: ${block.url}`
    default:
      return unreachable(block)
  }
}

export function inlineText(inline: Inline): string {
  if (typeof inline === 'string' || typeof inline === 'number') return String(inline)
  return inline.kind === 'link' ? `${inline.text} (${inline.url})` : inline.text
}

const valueText = (value: string, change: Inline | undefined): string => (change === undefined ? value : `${value}  ${inlineText(change)}`)

/** A longer value stands out of its column instead of pushing the others away. */
const widest = 60

function columnsText(columns: readonly Column[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((_, at) => inlineText(row[at] ?? '')))
  const widths = columns.map(({ name }, at) => Math.min(widest, Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0))))
  const line = (values: readonly string[]): string =>
    columns
      .map(({ align }, at) =>
        align === 'right' ? (values[at] ?? '').padStart(widths[at] ?? 0) : (values[at] ?? '').padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ name }) => name)), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)].join('\n')
}

function factsText(facts: readonly Fact[]): string {
  const width = Math.max(0, ...facts.map(([label]) => label.length))
  return facts.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')
}
