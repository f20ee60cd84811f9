import { unreachable } from '@sluice/core'
import type { RunDetail, TaskRunSummary } from '@sluice/engine'
import { moment } from './words.ts'

/** Why a task does not run, where that is its own; what keeps its whole run is told once, with the run. */
export function waitText({ waitsFor, error }: Pick<TaskRunSummary, 'waitsFor' | 'error'>): string | undefined {
  if (waitsFor === null) return undefined
  switch (waitsFor.for) {
    case 'time':
      return `waits until ${moment(waitsFor.until)}${error === null ? '' : `: ${error.message}`}`
    case 'pool':
      return `waits for the pool ${waitsFor.pool}: ${waitsFor.running} of ${waitsFor.slots} slots are taken`
    case 'worker':
      return waitsFor.workers === 0
        ? 'waits for a worker: none is alive'
        : `waits for a worker that has room: ${waitsFor.workers} are alive`
    case 'pipeline':
    case 'backfill':
    case 'room':
    case 'tasks':
      return undefined
    default:
      return unreachable(waitsFor)
  }
}

/** What keeps the whole run, and what to do; undefined where nothing does. */
export function runWaitText({ taskRuns, project, pipeline }: Pick<RunDetail, 'taskRuns' | 'project' | 'pipeline'>): string | undefined {
  const [waits] = taskRuns.flatMap(({ waitsFor }) => waitsFor ?? [])
  switch (waits?.for) {
    case 'pipeline':
      return `its pipeline is paused: sluice pipelines unpause ${pipeline} --project ${project}`
    case 'backfill':
      return 'its backfill is paused: sluice backfills list'
    case 'room':
      return `for room among the runs of its pipeline, of which ${waits.active} are under way (maxActiveRuns)`
    case 'time':
    case 'pool':
    case 'worker':
    case 'tasks':
    case undefined:
      return undefined
    default:
      return unreachable(waits)
  }
}
