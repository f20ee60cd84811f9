import type { TaskSpec } from '@sluice/author'
import type { Random } from '@sluice/core/testing'
import type { Claim } from '../../../state/claim.ts'
import type { Finished, FinishItem } from '../../../state/finish.ts'
import type { SimulatedDatabase } from './database.ts'
import type { Sink } from './sink.ts'
import type { Timeline } from './timeline.ts'

export type Channel = 'ready' | 'run' | 'version' | 'cancel'

/** What a simulated process sees of the world it lives in. */
export interface Surroundings {
  readonly timeline: Timeline
  readonly random: Random
  readonly database: SimulatedDatabase
  readonly sink: Sink
  /** Attempts that wait, side by side in one process. */
  readonly slots: number
  readonly maxVersions: number
  readonly leaseMs: number
  readonly pollMs: number
  readonly graceMs: number
  /** The machine's clock. */
  readonly wallMs: number
  /** How long the process takes that is started now. */
  startMs(): number
  /** Tells all listeners that something may have changed. */
  hint(channel: Channel): void
  specOf(claim: Claim): TaskSpec
  /** A process calls the code of a claim. */
  began(process: string, claim: Claim): void
  /** A finish was carried out. */
  finished(items: readonly FinishItem[], finished: Finished): void
}
