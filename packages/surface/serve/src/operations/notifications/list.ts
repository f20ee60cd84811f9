import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { among } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { relative, state } from '../../format/words.ts'
import { notificationPage, notificationState } from '../../schemas/notifications.ts'
import { inProject, paging } from '../../schemas/values.ts'

export const listNotifications = endpoint({
  name: 'notifications.list',
  method: 'get',
  path: '/notifications',
  right: 'viewer',
  scope: 'projects',
  summary: 'Messages to people, of runs and of data, newest first',
  query: z.object({ ...inProject, state: notificationState.optional().describe('only those in this state'), limit: paging.limit }),
  answer: notificationPage,
  handle: async ({ notifications }, { query, projects }) => {
    const shown = among(projects, query.project)
    if (shown === undefined) return await notifications.list(given(query))
    const pages = await Promise.all(shown.map((project) => notifications.list(given({ ...query, project }))))
    const items = pages.flatMap((page) => page.items).sort((a, b) => b.createdAt - a.createdAt)
    const left = items.length > query.limit || pages.some(({ next }) => next !== null)
    return {
      items: items.slice(0, query.limit),
      next: left ? (pages.find(({ next }) => next !== null)?.next ?? null) : null,
      hint: pages.find(({ hint }) => hint !== null)?.hint ?? null,
    }
  },
  terminal: {
    path: 'notify list',
    examples: ['sluice notify list', 'sluice notify list --state partly_delivered', 'sluice notify list --state failed --json'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'STATE', of: (each) => each.state, show: state },
          { title: 'WHEN', of: ({ createdAt }) => relative(createdAt, now) },
          { title: 'TO', of: ({ channel, to }) => `${channel}:${to}` },
          { title: 'SUBJECT', of: ({ subject }) => subject ?? '-' },
          { title: 'HAVE IT', of: (each) => haveIt(each), align: 'right' },
          { title: 'TRIED', of: ({ attempts }) => String(attempts), align: 'right' },
          { title: 'NEXT', of: ({ nextAt }) => (nextAt === null || nextAt <= now ? '-' : relative(nextAt, now)) },
          { title: 'ERROR', of: ({ error }) => error ?? '-' },
          { title: 'KEY', of: ({ key }) => key },
        ],
        'There are no messages.',
      ),
    after: ({ output }, { hint }) => {
      if (hint !== null) output.note(hint)
    },
  },
})

/** `2 of 3` addresses; nothing where none was settled apart. */
function haveIt({ recipients }: { readonly recipients: Readonly<Record<string, { readonly state: string }>> }): string {
  const states = Object.values(recipients)
  return states.length === 0 ? '-' : `${states.filter(({ state }) => state === 'delivered').length} of ${states.length}`
}
