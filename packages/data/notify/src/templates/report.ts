import type { Message } from '../message.ts'
import { code, heading, page, paragraph, type Table, tableHtml } from './html.ts'

export interface ReportSection {
  readonly heading?: string
  readonly paragraph?: string
  readonly table?: Table
}

export interface Report {
  readonly subject: string
  /** The report as text, sent as it is. */
  readonly text: string
  /** The same for the HTML body; without any, the text stands there in fixed width. */
  readonly sections?: readonly ReportSection[]
  /** Language of the report, for readers aloud. Default `en`. */
  readonly lang?: string
}

/** A report that was already written, as a message. */
export function report({ subject, text, sections = [], lang }: Report): Message {
  const body = sections.flatMap((section) => [
    ...(section.heading === undefined ? [] : [heading(section.heading)]),
    ...(section.paragraph === undefined ? [] : [paragraph(section.paragraph)]),
    ...(section.table === undefined ? [] : [tableHtml(section.table)]),
  ])
  return { subject, text, html: page(subject, body.length === 0 ? [code(text)] : body, lang) }
}
