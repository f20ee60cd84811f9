import type { Brief, Message } from '../message.ts'
import { blocksOf, code, type Part, paragraph } from './block.ts'
import { blocksHtml, inlineHtml } from './block-html.ts'
import { blocksText } from './block-text.ts'
import { briefOf } from './brief.ts'
import { type Html, html } from './html.ts'
import { type Inline, toned } from './inline.ts'
import { like, styleSheets } from './look.ts'

/** What a message is made of. */
export interface MessageParts {
  readonly subject: string
  /** Stands above the body: the finding. The subject stands above the HTML body unless given; above plain text there is nothing then. */
  readonly title?: string
  /** The first line of the body, in quiet words: of what and of when it is. */
  readonly about?: string
  /** What is `false`, `null` or `undefined` is left out; lists may stand in lists. */
  readonly body: readonly Part[]
  /** Why the reader gets it. */
  readonly footer?: Inline
  /** What channels beside e-mail show; the first three figures or facts and the first button of the body, unless given. */
  readonly brief?: Partial<Brief>
  /** Language of the words, for readers aloud; `en` unless given. */
  readonly lang?: string
}

/** A message as HTML and as plain text, from the same parts. */
export function message({ subject, title, about, body: told, footer, lang = 'en', brief }: MessageParts): Message {
  const given = blocksOf(told)
  const body = blocksOf([about !== undefined && paragraph(toned(about, 'quiet')), given])
  const text = blocksText(
    blocksOf([title !== undefined && code(`${title}\n${'='.repeat(title.length)}`), body, footer !== undefined && paragraph(footer)]),
  )
  return {
    subject,
    text: `${text}\n`,
    html: page({ lang, title: title ?? subject, body: blocksHtml(body), footer }),
    brief: briefOf(given, brief),
  }
}

interface Page {
  readonly lang: string
  readonly title: string
  readonly body: readonly Html[]
  readonly footer: Inline | undefined
}

/**
 * A whole document of one column, 600 px wide at most. The ground stands twice, since some programs drop the body's own. No tables for the
 * layout: a reader aloud would read them out as tables.
 */
const page = ({ lang, title, body, footer }: Page): string =>
  html`<!doctype html>
<html lang="${lang}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${title}</title>
${styleSheets}</head>
<body ${like('ground')}>
<div ${like('ground', 'padding:20px 12px')}>
<div ${like('card')}>
<h1 ${like('title')}>${title}</h1>
${body.map((block) => html`${block}\n`)}</div>
${footer === undefined ? [] : [html`<div ${like('footer')}>${inlineHtml(footer)}</div>\n`]}</div>
</body>
</html>
`.markup
