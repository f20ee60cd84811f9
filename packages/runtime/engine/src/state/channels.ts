/** A notification is a hint that a table changed; everybody who listens also polls. */
export const channels = {
  /** A task became runnable: workers look. */
  ready: 'sluice_ready',
  /** A run was created or has ended: schedulers, waiters and the interface look. */
  run: 'sluice_run',
  /** A run was cancelled: heartbeat threads look. */
  cancel: 'sluice_cancel',
  /** A version was published: schedulers and supervisors look. */
  version: 'sluice_version',
  /** A backup was asked for: the process that makes them looks. */
  backup: 'sluice_backup',
} as const

export type Channel = (typeof channels)[keyof typeof channels]
