import { formatDuration } from '@sluice/core'
import type { BackfillSummary } from '@sluice/engine'
import { actorText, moment, state } from '../../format/words.ts'

/** `3 of 48 runs ended, 1 failed, 2 running`. */
export function progressOf({ runs }: Pick<BackfillSummary, 'runs'>): string {
  const { queued = 0, running = 0, success = 0, failed = 0, cancelled = 0 } = runs
  const ended = success + failed + cancelled
  const parts = [`${ended} of ${ended + running + queued} runs ended`]
  if (failed > 0) parts.push(`${failed} failed`)
  if (cancelled > 0) parts.push(`${cancelled} cancelled`)
  if (running > 0) parts.push(`${running} running`)
  return parts.join(', ')
}

const askedFor = ({ actor, changedBy }: BackfillSummary): string =>
  `asked for by ${actorText(actor)}${changedBy === null ? '' : `, last changed by ${actorText(changedBy)}`}`

export const backfillText = (backfill: BackfillSummary): string =>
  [
    `backfill ${backfill.id} of ${backfill.project}:${backfill.pipeline}: ${state(backfill.state)}`,
    `  ticks from ${moment(backfill.interval.start)} up to ${moment(backfill.interval.end)}${backfill.reprocess ? ', also those that had a run' : ''}; ${askedFor(backfill)}`,
    `  ${progressOf(backfill)}${backfill.endedAt === null ? '' : ` in ${formatDuration(backfill.endedAt - backfill.createdAt)}`}`,
    ...(backfill.maxActiveRuns === null ? [] : [`  at most ${backfill.maxActiveRuns} of its runs at once`]),
    ...backfill.failedRuns.map((run) => `  ${state('failed')}: sluice runs show ${run}`),
  ].join('\n')
