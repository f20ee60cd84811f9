import { type Attempt, type Capability, type LakePolicy, writeOf, written } from '@sluice/author'
import { inputOf, type Json } from '@sluice/core'
import { once } from '@sluice/process'
import type { Lake } from '../lake.ts'
import type { LakeContext, TaskLake } from './define.ts'
import { type StateLakesOptions, stateLakes } from './state-lakes.ts'

export interface LakeCapability extends Capability<LakeContext> {
  /** The lake itself, for capabilities that stand on it. */
  readonly open: () => Promise<Lake>
}

export interface LakeCapabilityOptions extends Omit<StateLakesOptions, 'onTrouble'> {
  readonly project: string
  readonly policy: LakePolicy
}

/** The lake of a project. DuckDB is loaded and the storage opened by the first task that uses it. */
export function lakeCapability({ project, policy, ...where }: LakeCapabilityOptions): LakeCapability {
  const lakes = stateLakes({ ...where, onTrouble: warn })
  const open = once(() => lakes.of(project, policy))
  return { name: 'lake', open, context: (attempt) => ({ lake: taskLake(open, attempt) }), close: lakes.close }
}

const taskLake = (open: () => Promise<Lake>, attempt: Attempt): TaskLake => ({
  land: async (dataset, pages, options = {}) => {
    const write = writeOf(attempt, 'lake', dataset, options)
    return written(attempt, 'lake', await (await open()).land(write, pages, { signal: attempt.signal }))
  },
  export: async (dataset, { write: name = 'main', ...request }) => {
    const inputs = 'batch' in request.from ? [inputOf(request.from)] : []
    const write = writeOf(attempt, 'lake', dataset, { write: name, inputs })
    return written(attempt, 'lake', await (await open()).export(write, request))
  },
  query: async <Row extends Readonly<Record<string, Json>>>(sql: Parameters<TaskLake['query']>[0]) =>
    await (await open()).query<Row>(sql, attempt.refs),
})

/** Maintenance after a commit that failed: the next commit tries again, the standard error of the process tells. */
const warn = (error: unknown): void => process.emitWarning(error instanceof Error ? error : String(error))
