import { given, notFound } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'

export const retryNotifications = endpoint({
  name: 'notifications.retry',
  method: 'post',
  path: '/notifications/retry',
  right: 'admin',
  scope: 'platform',
  audit: 'around',
  summary: 'Queue again what has not arrived, failed or partly delivered or held: those named, or all',
  body: z.object({ keys: z.array(z.string().min(1)).min(1).optional().describe('as "sluice notify list --state failed" shows them') }),
  answer: z.object({ retried: z.number().int() }),
  handle: async ({ notifications }, { body }) => ({ retried: await notifications.retry(body.keys) }),
  terminal: {
    path: 'notify retry',
    args: [{ field: 'keys', name: 'message' }],
    examples: ['sluice notify retry', 'sluice notify retry mx26bh0rtyhe:1:failure:email:data-team'],
    run: async ({ output }, line, send) => {
      const keys = line.args('message')
      const { retried } = await send({ body: given({ keys: keys.length === 0 ? undefined : [...keys] }) })
      if (retried < keys.length) {
        throw notFound(`${keys.length - retried} of the ${keys.length} named is not a message that can be sent again`, {
          facts: { keys, retried },
          next: 'List them with "sluice notify list --state failed".',
        })
      }
      output.result({ retried }, () => `${retried} ${retried === 1 ? 'message is' : 'messages are'} queued again`)
      return 0
    },
  },
})
