import { setTimeout as delay } from 'node:timers/promises'
import { SluiceError } from '@sluice/core'
import { retryAfter } from './fault.ts'

export interface RetryOptions {
  /** Tries in all. */
  readonly attempts?: number
  /** Also after a lost connection. Only for what may be done twice: a commit whose answer was lost has happened. */
  readonly whenDisconnected?: boolean
  /** First pause; doubled each time, with jitter. Default 10 ms (250 ms after a lost connection). */
  readonly pauseMs?: number
  readonly signal?: AbortSignal
}

/**
 * Runs `act` again after serialization failures, deadlocks and lock timeouts (`sqlstate.ts`). Inside of a transaction nothing can be run
 * again but all of it: there the error that ended it is thrown, so that whoever began the transaction tries again.
 */
export async function withRetry<T>(act: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const attempts = options.attempts ?? 5
  let before: unknown
  for (let attempt = 1; ; attempt++) {
    try {
      return await act(attempt)
    } catch (error) {
      if (before !== undefined && isOfEndedTransaction(error)) throw before
      before = error
      const retry = retryAfter(error)
      const may = retry === 'transaction' || (retry === 'connection' && options.whenDisconnected === true)
      if (!may || attempt >= attempts) throw error
      const pause = (options.pauseMs ?? (retry === 'connection' ? 250 : 10)) * 2 ** Math.min(attempt - 1, 6)
      await delay(pause * (0.5 + Math.random() / 2), undefined, options.signal === undefined ? {} : { signal: options.signal })
    }
  }
}

/** `in_failed_sql_transaction` */
const isOfEndedTransaction = (error: unknown): boolean => error instanceof SluiceError && error.facts.sqlstate === '25P02'
