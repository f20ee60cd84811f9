import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { printable } from '../../format/printable.ts'
import { fields } from '../../format/table.ts'
import { moment, stateFirst } from '../../format/words.ts'
import { notificationDetail } from '../../schemas/notifications.ts'
import { inProject } from '../../schemas/values.ts'
import { projectOfMessage } from '../scope.ts'

export const showNotification = endpoint({
  name: 'notifications.show',
  method: 'get',
  path: '/notifications/{key}',
  right: 'viewer',
  scope: projectOfMessage,
  summary: 'A message as its readers get it, and what became of it at each address',
  params: z.object({ key: z.string().describe('as "sluice notify list" shows it') }),
  query: z.object({ ...inProject }),
  answer: notificationDetail,
  handle: async ({ notifications }, { params, query }) => await notifications.find(params.key, query.project),
  terminal: {
    path: 'notify show',
    args: [{ field: 'key', name: 'message' }],
    examples: [
      'sluice notify show mx26bh0rtyhe:1:failure:email:data-team',
      'sluice notify show mx26bh0rtyhe:1:failure:email:data-team --json',
    ],
    show: ({ project, channel, to, message, state, createdAt, deliveredAt, nextAt, error, bundle, recipients }) =>
      [
        fields([
          ['to', `${channel}:${to}`],
          ['subject', message.subject],
          ['project', project],
          ['state', state, stateFirst],
          ['written', moment(createdAt)],
          ['delivered', deliveredAt === null ? undefined : moment(deliveredAt)],
          ['next try', nextAt === null ? undefined : moment(nextAt)],
          ['error', error ?? undefined],
          ['left with', bundle === null ? undefined : 'others, in one mail'],
        ]),
        ...Object.entries(recipients).map(([address, of]) =>
          printable(`  ${address}: ${of.state}${of.state === 'delivered' ? '' : `, ${of.reason}`}`),
        ),
        '',
        printable(message.text.trimEnd()),
      ].join('\n'),
  },
})
