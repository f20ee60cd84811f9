import type { Queryable } from '@sluice/postgres'
import { channels } from '../state/channels.ts'
import { admit, type Moved } from '../state/finish.ts'
import type { Notifier } from './notifier.ts'

/**
 * What follows a committed move of tasks: runs that wait for the place of an ended one are admitted, and others are woken. `mine`
 * is how many of the released tasks the caller claims itself.
 */
export async function afterMoves(db: Queryable, notifier: Notifier, moved: Moved, mine: number): Promise<void> {
  const admitted = moved.pipelines.length === 0 ? 0 : await admit(db, moved.pipelines)
  if (moved.released + admitted > mine) notifier.notify(channels.ready)
  if (moved.endedRuns.length > 0) notifier.notify(channels.run)
}
