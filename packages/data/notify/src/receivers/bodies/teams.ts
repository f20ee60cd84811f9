import type { Json } from '@sluice/core'
import { cut, signOf, type Told } from '../told.ts'

const block = (...inlines: readonly Json[]): Json => ({ type: 'RichTextBlock', inlines })

/**
 * An adaptive card as the workflow "When a Teams webhook request is received" takes it, far below its 28 KB. Text runs are used since they
 * know no Markdown: what is written in a message is shown as it is.
 */
export function teamsBody({ subject, text, brief }: Told): Json {
  const { kind, severity, facts, link } = brief
  const color = kind === 'recovery' ? 'Good' : kind === 'news' ? 'Default' : severity === 'critical' ? 'Attention' : 'Warning'
  const told =
    facts.length > 0
      ? facts.map(([label, value]) =>
          block({ type: 'TextRun', text: `${cut(label, 80)}: `, weight: 'Bolder' }, { type: 'TextRun', text: cut(value, 300) }),
        )
      : [block({ type: 'TextRun', text: cut(text.trim() || subject, 3_000), fontType: 'Monospace' })]
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            block({ type: 'TextRun', text: `${signOf(brief)} ${cut(subject, 300)}`, weight: 'Bolder', size: 'Medium', color }),
            ...told,
          ],
          actions: link === undefined ? [] : [{ type: 'Action.OpenUrl', title: cut(link.label, 80), url: link.url }],
        },
      },
    ],
  }
}
