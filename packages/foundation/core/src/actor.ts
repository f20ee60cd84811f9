/**
 * Who did something. `owner`: whoever holds the machine's state (the command line in process, the key, a login link); `schedule`: nobody,
 * the time had come; `nobody`: a caller who did not say who they are. A name is behind a prefix, so that no user can be taken for these.
 */
export type Actor = 'owner' | 'schedule' | 'nobody' | `user:${string}` | `token:${string}/${string}`
