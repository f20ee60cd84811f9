import { type RunClass, runClasses } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { anObject, refuseOddOptions, shown } from '../base/shape.ts'

/**
 * How many runs of a pipeline may be under way at once. A number counts the runs of all classes together; where it is more than one, a
 * backfill leaves one place free for the schedule and for people. By class, each counts its own runs (1 where it is not named), and `total`
 * counts all of them.
 */
export type MaxActiveRuns = number | Readonly<Partial<Record<RunClass | 'total', number>>>

/** The same with every class named. JSON; stored with the pipeline's definition. */
export type ActiveRuns = Readonly<Record<RunClass, number>> & { readonly total: number | null }

const names: readonly (RunClass | 'total')[] = ['total', ...runClasses]

/** @throws `definition.invalid` for what is neither a number of runs nor such numbers by class */
export function activeRuns(pipeline: string, most: MaxActiveRuns = 1): ActiveRuns {
  if (!anObject.is(most)) {
    const all = runs(pipeline, 'maxActiveRuns', most)
    return { total: all, scheduled: all, manual: all, backfill: Math.max(1, all - 1) }
  }
  const given = most as Exclude<MaxActiveRuns, number>
  refuseOddOptions(`pipeline ${pipeline}, maxActiveRuns`, given, names)
  const of = (name: RunClass | 'total'): number => runs(pipeline, `maxActiveRuns.${name}`, given[name] ?? 1)
  return {
    total: given.total === undefined ? null : of('total'),
    scheduled: of('scheduled'),
    manual: of('manual'),
    backfill: of('backfill'),
  }
}

/** Whether two runs may be under way at once. */
export const mayOverlap = ({ total }: ActiveRuns): boolean => total !== 1

function runs(pipeline: string, option: string, value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most) return Number(value)
  throw refused(`pipeline ${pipeline}`, `${shown(value)} is not a number of runs`, `Write a whole number from 1 to ${most} for ${option}.`)
}

/** What an integer of PostgreSQL holds, with room to add several. */
const most = 1_000_000
