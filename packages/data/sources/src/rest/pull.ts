import type { Admission, Connection, CreditTariff, Logger, RestSource } from '@sluice/author'
import type { AnswersFact, Interval } from '@sluice/core'
import type { HttpClient } from '../http/request.ts'

/** The budget that calls are paid from, as `budget(name)` of a task gives it. */
export interface Purse {
  readonly tariff: CreditTariff
  admit(): Promise<Pick<Admission, 'degraded'>>
}

/** A pull of an API, with everything that it goes by. */
export interface RestPull {
  readonly source: RestSource
  readonly connection: Connection
  readonly http: HttpClient
  readonly log: Logger
  readonly interval: Interval
  /** What the newest receipt before this run says, and nothing in the first. */
  readonly before?: AnswersFact | undefined
  /** Where the source asks by id. */
  readonly ids?: readonly string[] | undefined
  /** Asked before the first call. */
  readonly purse?: Purse | undefined
  readonly pause: (ms: number) => Promise<unknown>
}

/** What is told of a pull, filled as answers come. */
export type Facts = { -readonly [F in keyof AnswersFact]: AnswersFact[F] }

/** The source has nothing new: nothing is landed. */
export class NothingNew extends Error {
  override readonly name = 'SluiceNothingNew'
}
