import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DemoHistory, LandedPage, TaskSpec } from '@sluice/author'
import { batchId, configErrors, datasetIn, durationMs, formatDatasetId, type Interval, type RunKey, scheduledRunKey } from '@sluice/core'
import { stateLakes } from '@sluice/lake/capability'
import type { ProjectFolder, Settings } from '@sluice/settings'
import { duckdbLimits } from '../stores/duckdb.ts'

/** What the module of a simulator exports for made-up history. */
interface Past {
  pastBodies(options: {
    readonly from: number
    readonly to: number
    readonly everyMs: number
  }): Iterable<{ readonly at: number; readonly request: string; readonly body: string }>
}

const dayMs = 86_400_000

/** The ticks of the whole days (UTC) before an instant whose history a demo makes up. The tick at the end of a day covers that day. */
export function historyDays({ days }: DemoHistory, now: number): Interval {
  const end = Math.floor(now / dayMs) * dayMs
  return { start: end - (days - 1) * dayMs, end: end + 1 }
}

/** The task of a pipeline that lands bodies, and its dataset: `bronze.answers`. */
export interface HistoryLanding {
  readonly task: string
  readonly dataset: string
}

/** @throws `config.invalid` for a pipeline that does not have exactly one such task */
export function landingOf({
  name,
  tasks,
}: {
  readonly name: string
  readonly tasks: readonly Pick<TaskSpec, 'name' | 'fills'>[]
}): HistoryLanding {
  const found = tasks.flatMap((task) => task.fills.filter(isBodies).map((id) => ({ task: task.name, dataset: id.replace(/^lake\./, '') })))
  const [landing, ...others] = found
  if (landing !== undefined && others.length === 0) return landing
  throw configErrors.invalid(`demo.history: ${found.length} tasks of ${name} land bodies, and one has to`, {
    facts: { pipeline: name, tasks: found.map(({ task }) => task) },
    next: 'Name a pipeline with one step that fills a dataset of bronze.',
  })
}

const isBodies = (id: string): boolean => id.startsWith('lake.bronze.')

/** A run that will look for bodies in bronze, by its key, and the time it covers. */
export interface HistoryRun {
  readonly key: RunKey
  readonly interval: Interval
}

/** The run of a tick covers the day before it. */
export const dayRun = (tick: number): HistoryRun => ({ key: scheduledRunKey(tick), interval: { start: tick - dayMs, end: tick } })

/**
 * Lands made-up bodies, marked as synthetic, under the bronze batches that these runs will look for: those of an ordinary backfill, or one
 * made by hand that waits. A batch that exists is not written again.
 */
export async function landHistory(
  settings: Settings,
  { dir, project }: ProjectFolder,
  history: DemoHistory,
  { task, dataset: of }: HistoryLanding,
  runs: readonly HistoryRun[],
): Promise<void> {
  const past = await pastOf(dir, project.demo.simulators[history.connection] ?? '')
  const lakes = stateLakes({ stateDir: settings.stateDir, lakeUrl: settings.lakeUrl, duckdb: duckdbLimits(1) })
  const dataset = formatDatasetId(datasetIn(project.name, 'lake', of))
  const { pipeline } = history
  const identity = { project: project.name, pipeline, task, mapKey: null, dataset, write: 'main' }
  try {
    const lake = await lakes.of(project.name, project.lake)
    for (const { key, interval } of runs) {
      const batch = batchId({ ...identity, runKey: key })
      const write = { ...identity, run: 'synthetic', attempt: 1, batch, generation: 1, logicalTime: interval.end, inputs: [] }
      await lake.land(write, pagesOf(past, history, interval))
    }
  } finally {
    await lakes.close()
  }
}

async function* pagesOf(past: Past, history: DemoHistory, { start, end }: Interval): AsyncGenerator<LandedPage> {
  for (const { at, request, body } of past.pastBodies({ from: start, to: end, everyMs: durationMs(history.every) })) {
    yield { source: `${history.connection} (synthetic)`, request, receivedAt: at, body, credits: 0 }
  }
}

async function pastOf(dir: string, specifier: string): Promise<Past> {
  const module = (await import(pathToFileURL(createRequire(join(dir, 'package.json')).resolve(specifier)).href)) as Partial<Past>
  if (module.pastBodies === undefined) {
    throw configErrors.invalid(`${specifier} makes up no history`, {
      next: 'Name a simulator that exports pastBodies, or leave demo.history out.',
    })
  }
  return { pastBodies: module.pastBodies }
}
