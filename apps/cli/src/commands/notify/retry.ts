import { notFound } from '@sluice/core'
import { command } from '../../cli/command.ts'

export const retryNotifications = command({
  path: 'notify retry',
  summary: 'Queue failed messages again: those named, or every one',
  args: { '[key...]': 'as "sluice notify list --state failed" shows them' },
  examples: ['sluice notify retry', 'sluice notify retry 01JD...:1:failure:email:ops'],
  run: async ({ client, output }, given) => {
    const keys = given.args('key')
    const { retried } = await (await client()).notifications.retry({ body: keys.length === 0 ? {} : { keys: [...keys] } })
    if (retried < keys.length) {
      throw notFound(`${keys.length - retried} of the ${keys.length} named is no failed message`, {
        facts: { keys, retried },
        next: 'List them with "sluice notify list --state failed".',
      })
    }
    output.result({ retried }, () => `${retried} ${retried === 1 ? 'message is' : 'messages are'} queued again`)
    return 0
  },
})
