import {
  type AnyDataset,
  type Attempt,
  type Capability,
  type ExportFormat,
  inputsOf,
  type LakePolicy,
  readingOf,
  type Sql,
  takeExternal,
  writeOf,
  written,
} from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { once } from '@sluice/process'
import type { MediaType } from '../gold/manifest.ts'
import type { ExportedRows, ExportSource } from '../gold/request.ts'
import type { Lake } from '../lake.ts'
import type { LakeContext, TaskLake } from './define.ts'
import type { StateLakes } from './state-lakes.ts'

export interface LakeCapability extends Capability<LakeContext> {
  /** The lake itself, for capabilities that stand on it. */
  readonly open: () => Promise<Lake>
}

export interface LakeCapabilityOptions {
  readonly project: string
  readonly policy: LakePolicy
  /** Those of this process, for all its projects: closed with any of their capabilities. */
  readonly lakes: StateLakes
}

/** The lake of a project. DuckDB is loaded and the storage opened by the first task that uses it. */
export function lakeCapability({ project, policy, lakes }: LakeCapabilityOptions): LakeCapability {
  const open = once(() => lakes.of(project, policy))
  return {
    name: 'lake',
    open,
    context: (attempt) => ({ lake: taskLake(open, attempt) }),
    writes: ['lake.land', 'lake.put', 'lake.export'],
    close: lakes.close,
  }
}

const taskLake = (open: () => Promise<Lake>, attempt: Attempt): TaskLake => ({
  land: async (dataset: unknown, pages, options = {}) => {
    const write = writeOf(attempt, 'lake', filled(attempt, dataset).name, options)
    return written(attempt, 'lake', await (await open()).land(write, pages, { signal: attempt.signal, refetch: attempt.refetch }))
  },
  put: async (dataset: unknown, content, options = {}) => {
    const { name, facts } = filled(attempt, dataset)
    const write = writeOf(attempt, 'lake', name, options)
    return written(attempt, 'lake', await (await open()).put(write, { content, type: facts.files as MediaType }))
  },
  export: async (dataset: unknown, from: unknown, options = {}) => {
    const { name, facts } = filled(attempt, dataset)
    const source = await sourceOf(attempt, from as Sql | ExportedRows)
    const write = writeOf(attempt, 'lake', name, {
      ...options,
      inputs: 'statement' in source ? inputsOf(source.statement, source.reading) : [],
    })
    const receipt = await (await open()).export(write, { from: source, format: facts.files as ExportFormat })
    takeExternal(attempt, receipt.inputs)
    return written(attempt, 'lake', receipt)
  },
  rows: async (columns, statement: unknown) => {
    const reading = await readingOf(attempt, statement as Sql)
    const rows = await (await open()).rows(columns, statement as Sql, reading)
    takeExternal(attempt, inputsOf(statement as Sql, reading))
    return rows
  },
})

/** @throws `definition.invalid` when the step does not declare it: types do not see a lake of loose types. */
function filled({ step }: Attempt, dataset: unknown): AnyDataset {
  const found = dataset as AnyDataset
  if (step.fills.some(({ id }) => id === found.id)) return found
  throw definitionErrors.invalid(`step ${step.name} writes ${found.id}, which it does not say that it fills`, {
    facts: { step: step.name, dataset: found.id },
    next: `Add ${found.id} to fills of the step.`,
  })
}

async function sourceOf(attempt: Attempt, from: Sql | ExportedRows): Promise<ExportSource> {
  return 'parts' in from ? { statement: from, reading: await readingOf(attempt, from) } : from
}

/** Maintenance after a commit that failed: the next commit tries again, the standard error of the process tells. */
export const warnOfMaintenance = (error: unknown): void => process.emitWarning(error instanceof Error ? error : String(error))
