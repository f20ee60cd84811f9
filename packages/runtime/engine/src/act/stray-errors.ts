import { toErrorRecord } from '@sluice/core'
import { type AttemptScope, currentAttempt } from './attempt-scope.ts'
import { currentImport } from './load-pipeline.ts'

/** An error that user code threw where nobody awaited it. */
export interface StrayError {
  /** Whose code threw it, at hand or over; undefined when Node carried nobody's name there. */
  readonly attempt: AttemptScope | undefined
  /** Which code of no attempt threw it: that of a file, since it was imported. */
  readonly file: string | undefined
  readonly thrown: unknown
  readonly message: string
}

/**
 * Told of each. Node calls these handlers in the context in which the promise was rejected or the error thrown, which is that of the
 * attempt whose code did it (tried on Node 24 with promises, timers, ticks, events of sockets and files, children and threads). No context
 * is left where the attempt's code was called by a listener of another one, or of none.
 */
export function onStrayError(told: (stray: StrayError) => void): void {
  const handle = (thrown: unknown): void => {
    const stray = { attempt: currentAttempt.getStore(), file: currentImport.getStore(), thrown, message: toErrorRecord(thrown).message }
    // The answer is the platform's own code, which may end the process.
    currentImport.exit(() => told(stray))
  }
  process.on('unhandledRejection', handle)
  process.on('uncaughtException', handle)
}
