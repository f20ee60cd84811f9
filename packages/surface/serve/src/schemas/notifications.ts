import type { NotificationDetail, NotificationSummary, RecipientState } from '@sluice/notify'
import { z } from 'zod'
import type { NotificationPage } from '../services.ts'
import { instant, oneOf } from './values.ts'

export const notificationState = oneOf<NotificationSummary['state']>({
  queued: 'queued',
  delivered: 'delivered',
  partly_delivered: 'partly_delivered',
  failed: 'failed',
})

const recipient: z.ZodType<RecipientState> = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('delivered') }),
    z.object({ state: z.literal('refused'), reason: z.string() }),
    z.object({ state: z.literal('deferred'), reason: z.string() }),
  ])
  .meta({ id: 'NotificationRecipient' })

const summary = {
  key: z.string(),
  about: oneOf<NotificationSummary['about']>({ runs: 'runs', data: 'data' }).meta({
    description: 'Written by the engine about a run, or by a task with its data.',
  }),
  project: z.string(),
  channel: z.string(),
  to: z.string(),
  subject: z.string().nullable(),
  state: notificationState,
  attempts: z.number().int(),
  deliveries: z.number().int().meta({
    description: 'How often the receiver may have got it: more than 1 only after a crash, or where addresses were tried alone.',
  }),
  createdAt: instant,
  nextAt: instant.nullable(),
  deliveredAt: instant.nullable(),
  error: z.string().nullable(),
  recipients: z.record(z.string(), recipient).meta({ description: 'The addresses that need no further try.' }),
  bundle: z.string().nullable().meta({ description: 'The mail it shares with others.' }),
}

const notification: z.ZodType<NotificationSummary> = z.object(summary).meta({ id: 'Notification' })

export const notificationDetail: z.ZodType<NotificationDetail> = z
  .object({
    ...summary,
    message: z
      .object({ subject: z.string(), text: z.string(), html: z.string() })
      .meta({ description: 'What it says by itself, whatever mail it shares with others.' }),
  })
  .meta({ id: 'NotificationDetail' })

export const notificationPage: z.ZodType<NotificationPage> = z
  .object({
    items: z.array(notification),
    next: z.string().nullable(),
    hint: z.string().nullable().meta({ description: 'Why messages wait, where no mail server is set.' }),
  })
  .meta({ id: 'NotificationPage' })
