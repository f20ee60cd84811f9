import MailComposer from 'nodemailer/lib/mail-composer'
import type { Message } from '../message.ts'

export interface Letter {
  readonly from: string
  readonly to: readonly string[]
  readonly messageId: string
  readonly message: Message
}

/** The mail as it goes over the wire: headers, a text and an HTML body. No value can add a header. */
export const compose = async ({ from, to, messageId, message: { subject, text, html } }: Letter): Promise<Buffer> =>
  await new MailComposer({
    from,
    to: [...to],
    subject,
    text,
    html,
    messageId,
    // RFC 3834: no out-of-office answers to a machine.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
