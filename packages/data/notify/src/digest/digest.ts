import { given } from '@sluice/core'
import type { Message } from '../message.ts'
import type { Claimed } from '../outbox/outbox.ts'
import { code, heading, message, paragraph, table } from '../parts/index.ts'
import { wordsOf } from '../words/words-of.ts'

/** How many messages of a mail are rendered; of more, only the number is told. */
const shown = 50

/** Several messages as one: how many, on what, and the first of them whole. One that cannot be rendered is told by its key. */
export async function digest([first, ...others]: readonly [Claimed, ...Claimed[]]): Promise<Message> {
  const { digest: words, number, tag } = wordsOf(first.language)
  const whole = await first.message()
  const count = others.length + 1
  const rest = await Promise.all(
    others.slice(0, shown - 1).map((each) =>
      each.message().then(
        ({ subject }) => subject,
        () => each.key,
      ),
    ),
  )
  const subjects = new Map<string, number>()
  for (const subject of [whole.subject, ...rest]) subjects.set(subject, (subjects.get(subject) ?? 0) + 1)
  const told = [...subjects].sort(([, a], [, b]) => b - a)
  return message({
    brief: {
      kind: whole.brief?.kind ?? 'news',
      ...given({ severity: whole.brief?.severity }),
      facts: told.slice(0, 3).map(([subject, times]) => [subject, `${number(times)} ×`]),
    },
    subject: words.subject(count, whole.subject),
    title: words.title(count),
    lang: tag,
    body: [
      table({
        rows: [...subjects],
        columns: [
          { name: words.columns.subject, cell: ([subject]) => subject },
          { name: words.columns.count, align: 'right', cell: ([, times]) => number(times) },
        ],
        line: ([subject, times]) => (times === 1 ? `- ${subject}` : `- ${number(times)} × ${subject}`),
      }),
      ...(count > shown ? [paragraph(words.more(count - shown))] : []),
      heading(words.first),
      code(whole.text.trim()),
    ],
    footer: words.footer,
  })
}
