import type { DefinitionError } from '@sluice/author'
import type { PipelineSummary, RunDetail, RunSummary } from '@sluice/engine'

/** What the front page says, before it is a page. */
export interface Overview {
  readonly needs: readonly Failed[]
  /** Failed runs whose pipeline has ended well since. */
  readonly settled: readonly RunSummary[]
  readonly running: readonly RunSummary[]
  readonly errors: readonly DefinitionError[]
  readonly pipelines: readonly PipelineSummary[]
}

/** A pipeline whose latest run failed, and why. */
export interface Failed {
  readonly run: RunSummary
  /** Of the first task that failed; `null` where the run alone says so. */
  readonly cause: { readonly task: string; readonly message: string; readonly next: string | null } | null
}

/** Runs that failed and that nothing has made good since: the latest of their pipelines. */
export const runsInNeed = (pipelines: readonly PipelineSummary[]): readonly RunSummary[] =>
  pipelines
    .flatMap(({ lastRun }) => (lastRun?.state === 'failed' ? [lastRun] : []))
    .sort((a, b) => (b.endedAt ?? b.createdAt) - (a.endedAt ?? a.createdAt))

export function failedOf(run: RunSummary, detail: RunDetail | undefined): Failed {
  const first = detail?.taskRuns.find(({ state, error }) => state === 'failed' && error !== null)
  const error = first?.error ?? null
  return {
    run,
    cause: first === undefined || error === null ? null : { task: first.task, message: error.message, next: error.next ?? null },
  }
}

/** The one sentence that says whether somebody is needed. */
export function sentenceOf({ needs, errors, running, pipelines }: Overview): string {
  if (pipelines.length === 0 && errors.length === 0) return 'There are no pipelines yet.'
  const of = (count: number, one: string, many: string): string => (count === 1 ? `1 ${one}` : `${count} ${many}`)
  const parts = [
    ...(needs.length > 0 ? [`${of(needs.length, 'pipeline needs', 'pipelines need')} you.`] : []),
    ...(errors.length > 0 ? [`${of(errors.length, 'definition does', 'definitions do')} not load.`] : []),
    ...(running.length > 0 ? [`${of(running.length, 'run is', 'runs are')} under way.`] : []),
  ]
  return needs.length === 0 && errors.length === 0 ? ['All is well.', ...parts].join(' ') : parts.join(' ')
}
