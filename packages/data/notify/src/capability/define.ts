import type { Channel } from '@sluice/author'
import type { Brief } from '../message.ts'

/** One message to people, written by a task. */
export interface TaskMessage {
  /** Names the message in its task and run: the same key is the same message, whatever its text. */
  readonly key: string
  readonly to: readonly Channel[]
  readonly subject: string
  readonly text: string
  readonly html?: string
  /** What channels beside e-mail show; the subject and the text unless given. */
  readonly brief?: Brief
  /** A cleared task (a raised generation) sends again. Without it, a run sends a message once, however often it is cleared. */
  readonly resend?: boolean
}

/** How many rows of the outbox are new, and how many were there already. */
export interface Queued {
  readonly queued: number
  readonly already: number
}

export interface TaskNotify {
  /**
   * Puts the message into the outbox of the project's warehouse, a row a channel; the relay sends it from there, at least once. Resolves
   * when the rows are committed: `queued` are new, `already` were put there by an earlier attempt or replay of the same run.
   */
  send(message: TaskMessage): Promise<Queued>
}

export interface NotifyContext {
  readonly notify: TaskNotify
}
