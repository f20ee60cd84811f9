import type { CompleteState } from './replay.ts'
import { retentionMs } from './retention.ts'

/**
 * The state without the application transactions that are older than `delta.setTransactionRetentionDuration`. Their writers promise not to
 * repeat them. Without the property all transactions are kept. With it, a transaction without a time is dropped, as in Spark.
 */
export function withLiveTransactions(state: CompleteState, nowMs: number): CompleteState {
  const retention = retentionMs(state.metadata.configuration, 'delta.setTransactionRetentionDuration', Number.POSITIVE_INFINITY)
  if (retention === Number.POSITIVE_INFINITY) return state
  const transactions = new Map([...state.transactions].filter(([, { lastUpdated }]) => (lastUpdated ?? 0) > nowMs - retention))
  return transactions.size === state.transactions.size ? state : { ...state, transactions }
}
