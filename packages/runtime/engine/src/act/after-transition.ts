import type { Queryable } from '@sluice/postgres'
import { channels } from '../state/channels.ts'
import { admit, type Transition } from '../state/finish.ts'
import type { Notifier } from './notifier.ts'

/**
 * What follows a committed transition of tasks: runs that wait for the place of an ended one are admitted, and others are woken. `mine`
 * is how many of the released tasks the caller claims itself, or has told of.
 */
export async function afterTransition(db: Queryable, notifier: Notifier, done: Transition, mine: number): Promise<void> {
  const admitted = done.pipelines.length === 0 ? 0 : await admit(db, done.pipelines)
  if (done.released + admitted > mine) notifier.notify(channels.ready)
  if (done.endedRuns.length > 0) notifier.notify(channels.run)
}
