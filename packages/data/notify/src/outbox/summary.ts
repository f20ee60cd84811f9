import type { FoundNotification, ListedNotification, NotificationState } from './postgres-outbox.ts'

interface Origin {
  /** `runs`: written by the engine about a run; `data`: written by a task with its data. */
  readonly about: 'runs' | 'data'
  readonly project: string
}

/** A message of any outbox, as lists show it. */
export interface NotificationSummary extends ListedNotification, Origin {}

/** A message of any outbox with what it says. */
export interface NotificationDetail extends FoundNotification, Origin {}

export interface NotificationFilter {
  readonly project?: string
  readonly state?: NotificationState
  readonly limit?: number
}
