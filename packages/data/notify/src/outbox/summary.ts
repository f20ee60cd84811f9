import type { ListedNotification, NotificationState } from './postgres-outbox.ts'

/** A message of any outbox, as lists show it. */
export interface NotificationSummary extends ListedNotification {
  /** `runs`: written by the engine about a run; `data`: written by a task with its data. */
  readonly about: 'runs' | 'data'
  readonly project: string
}

export interface NotificationFilter {
  readonly project?: string
  readonly state?: NotificationState
  readonly limit?: number
}
