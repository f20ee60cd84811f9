/**
 * The one table of SQLSTATEs after which trying again may succeed.
 *
 * - `transaction`: the server gave this transaction up in favour of another: run it again, at once;
 * - `connection`: the session or the server is gone or not there yet: connect again, later.
 */
export const retryableStates = {
  '40001': 'transaction',
  '40P01': 'transaction',
  '55P03': 'transaction',
  '08000': 'connection',
  '08001': 'connection',
  '08003': 'connection',
  '08004': 'connection',
  '08006': 'connection',
  '08007': 'connection',
  '25P03': 'connection',
  '53000': 'connection',
  '53200': 'connection',
  '53300': 'connection',
  '57P01': 'connection',
  '57P02': 'connection',
  '57P03': 'connection',
  '57P05': 'connection',
} as const satisfies Record<string, 'transaction' | 'connection'>

export type Retry = 'transaction' | 'connection' | 'never'

export function retryOf(sqlstate: string | undefined): Retry {
  return sqlstate !== undefined && Object.hasOwn(retryableStates, sqlstate)
    ? retryableStates[sqlstate as keyof typeof retryableStates]
    : 'never'
}

/** The server's disk: nothing to do with the statement. */
export const diskFull = '53100'

/** The server, the database or the role has no session left. */
export const tooManySessions = '53300'
