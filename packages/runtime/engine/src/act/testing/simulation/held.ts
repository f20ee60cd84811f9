import type { TaskSpec } from '@sluice/author'
import type { Claim } from '../../../state/claim.ts'
import type { Behaviour } from './behaviour.ts'

/** A task that a process of the simulation has claimed, and how far it is with it. */
export interface Held {
  readonly claim: Claim
  /** Under which the process claimed it. */
  readonly worker: number
  readonly spec: TaskSpec
  readonly behaviour: Behaviour
  /** Its code was called. */
  called: boolean
  calledAt: number
  /** Its end was decided; later signals change nothing. */
  over: boolean
  /** The answer of the claim has come. */
  known: boolean
  /** The statement that records its end was carried out, whatever its answer. */
  sent: boolean
}
