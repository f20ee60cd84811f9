import type { SluiceError } from './errors.ts'
import { queryErrors } from './general-errors.ts'

/** What an answer to a person may be at most. */
export interface AnswerBudget {
  readonly bytes: number
  readonly cells: number
}

/** What kept an answer from being whole. */
export type CutBy = 'limit' | 'bytes' | 'cells'

/** What a question of a person may take, of lake and warehouse alike. */
export interface AnswerLimits {
  readonly timeoutMs: number
  readonly budget: AnswerBudget
  /** Of a file that leaves. A larger one is an error. */
  readonly file: { readonly bytes: number; readonly timeoutMs: number }
}

/** An answer of a screen, and a file that a person can carry away. */
export const usualLimits: AnswerLimits = {
  timeoutMs: 60_000,
  budget: { bytes: 16 * 2 ** 20, cells: 1_000_000 },
  file: { bytes: 8 * 2 ** 30, timeoutMs: 30 * 60_000 },
}

export const firstRowTooLarge = (limitBytes: number): SluiceError =>
  queryErrors.too_large(`The first row of the answer is larger than the ${limitBytes} bytes that an answer may have`, {
    facts: { limitBytes },
    next: 'Select fewer columns, or a part of the long values: left(column, 1000).',
  })

export const fileTooLarge = (limitBytes: number): SluiceError =>
  queryErrors.too_large(`The file of the answer is larger than the ${limitBytes} bytes that a file may have`, {
    facts: { limitBytes },
    next: 'Ask for fewer rows or columns, or make a table of it with a model. The limit is a setting: queryFileMb.',
  })

export const tookTooLong = (limitMs: number): SluiceError =>
  queryErrors.timeout(`The query took longer than ${Math.round(limitMs / 1_000)} s and was ended`, {
    facts: { limitMs },
    next: 'Narrow the query to fewer rows, or make its answer a table with a model. The limit is a setting: queryTimeout, queryFileTimeout.',
  })
