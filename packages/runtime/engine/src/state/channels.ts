/** Notifications are hints that tables changed; whoever listens also polls. */
export const channels = {
  /** Some task became runnable: workers look. */
  ready: 'sluice_ready',
  /** A run came or ended: schedulers, waiters and the interface look. */
  run: 'sluice_run',
  /** A run was told to stop: heartbeat threads look. */
  cancel: 'sluice_cancel',
  /** Versions were published: supervisors look. */
  version: 'sluice_version',
} as const
