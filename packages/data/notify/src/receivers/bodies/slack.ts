import type { Json } from '@sluice/core'
import { cut, signOf, type Told } from '../told.ts'

/** What of a text would be markup: a link, a mention of everybody (https://docs.slack.dev/messaging/formatting-message-text). */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** `|` and `>` would end the address. */
const address = (url: string): string => escaped(url.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E'))

/**
 * Blocks within Slack's limits: a header of 150 characters, a field of 2,000, a text of 3,000. `text` is what a phone shows. The link is
 * text, since a button asks for a service that answers clicks.
 */
export function slackBody({ subject, text, brief }: Told): Json {
  const { facts, link } = brief
  const title = `${signOf(brief)} ${subject}`
  return {
    text: cut(escaped(title), 3_000),
    unfurl_links: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, 150), emoji: true } },
      facts.length > 0
        ? {
            type: 'section',
            fields: facts.map(([label, value]) => ({
              type: 'mrkdwn',
              text: `*${escaped(cut(label, 80))}*\n${escaped(cut(value, 300))}`,
            })),
          }
        : { type: 'section', text: { type: 'plain_text', text: cut(text.trim() || title, 3_000), emoji: false } },
      ...(link === undefined
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: `<${address(link.url)}|${escaped(cut(link.label, 80))}>` } }]),
    ],
  }
}
