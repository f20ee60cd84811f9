import type { Instant } from './instant.ts'

/** A run as its project's warehouse knows it, for queries that put runs beside loads. */
export interface RunRecord {
  readonly run: string
  readonly project: string
  readonly pipeline: string
  readonly key: string
  readonly trigger: string
  readonly state: string
  readonly logicalTime: Instant
  readonly createdAt: Instant
  readonly startedAt: Instant | null
  readonly endedAt: Instant | null
  readonly failedTask: string | null
  readonly errorCode: string | null
  readonly error: string | null
  readonly tasks: number
  readonly succeeded: number
  readonly skipped: number
  readonly failed: number
  /** Rows that its steps put into quarantine, in lake and warehouse. */
  readonly rowsQuarantined: number
  /** Rises with each change of the run. */
  readonly change: number
}
