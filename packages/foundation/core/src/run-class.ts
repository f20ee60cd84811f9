/**
 * The class of a run: what made it, as `trigger` says. Room among the runs of a pipeline is counted for each class. A new kind of trigger
 * is a new value here and in the check of `sluice.run`.
 */
export const runClasses = ['scheduled', 'manual', 'backfill'] as const
export type RunClass = (typeof runClasses)[number]
