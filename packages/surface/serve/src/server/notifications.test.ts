import type { NotificationFilter, NotificationSummary } from '@sluice/notify'
import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createClient } from '../client/client.ts'
import { servicesWith } from '../testing/services.ts'
import { createApp } from './app.ts'
import { inProcessTransport } from './in-process.ts'

const mail: NotificationSummary = {
  key: '01J:1:failure:email:ops',
  about: 'runs',
  project: 'shop',
  channel: 'email',
  to: 'ops',
  subject: null,
  state: 'failed',
  attempts: 30,
  deliveries: 0,
  createdAt: 1_795_228_200_000,
  nextAt: null,
  deliveredAt: null,
  error: 'notify.refused: 550 no such user',
  recipients: { 'gone@example.org': { state: 'refused', reason: '550 no such user' } },
  bundle: null,
}
const message = { subject: 'Pipeline sales failed', text: 'The till is empty.\n', html: '<p>The till is empty.</p>' }
const found: unknown[] = []
const asked: NotificationFilter[] = []
const retried: (readonly string[] | undefined)[] = []
const client = createClient(
  inProcessTransport(
    createApp(
      servicesWith({
        notifications: {
          list: async (filter) => {
            asked.push(filter)
            return { items: [mail], next: null, hint: 'set SLUICE_SMTP_HOST' }
          },
          find: async (key, project) => {
            found.push([key, project])
            return { ...mail, key, subject: message.subject, message }
          },
          retry: async (keys) => retried.push(keys),
        },
      }),
      { access: createAccess('k'.repeat(43)), verifyAnswers: true },
    ),
  ),
)

test('messages are listed by state and project, with what keeps them from leaving', async () => {
  const answer = await client.notifications.list({ query: { state: 'failed', project: 'shop', limit: 5 } })
  expect(answer).toEqual({ items: [mail], next: null, hint: 'set SLUICE_SMTP_HOST' })
  expect(asked).toEqual([{ state: 'failed', project: 'shop', limit: 5 }])
  // @ts-expect-error the client knows the states
  await expect(client.notifications.list({ query: { state: 'lost' } })).rejects.toMatchObject({ facts: { status: 400 } })
})

test('failed messages are queued again by key, or all', async () => {
  expect(await client.notifications.retry({ body: { keys: [mail.key] } })).toEqual({ retried: 1 })
  expect(await client.notifications.retry({ body: {} })).toEqual({ retried: 2 })
  expect(retried).toEqual([[mail.key], undefined])
})

test('a message is read by its key, whatever characters that has', async () => {
  const key = 'daily/2026-11-20 é?:email:ops@example.org'
  expect(await client.notifications.show({ params: { key }, query: { project: 'shop' } })).toMatchObject({ key, state: 'failed', message })
  expect(found.at(-1)).toEqual([key, 'shop'])
})
