import { type Attempt, type Capability, type Load, type Model, writeOf, written } from '@sluice/author'
import { type DatasetRef, inputOf, taskErrors } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import type { Warehouse } from '@sluice/warehouse'

export interface TransformOptions {
  readonly lake: () => Promise<Lake>
  readonly warehouse: () => Promise<Warehouse>
}

/** Carries out models and loads. */
export const transformCapability = (stores: TransformOptions): Capability => ({
  name: 'transform',
  steps: {
    model: async (attempt) => await model(stores, attempt, attempt.step as Model),
    load: async (attempt) => await load(stores, attempt, attempt.step as Load),
  },
})

async function model({ lake, warehouse }: TransformOptions, attempt: Attempt, of: Model): Promise<DatasetRef> {
  const { refs, interval, signal } = attempt
  const read = Object.keys(of.needs).map((name) => refOf(attempt, name))
  const write = writeOf(attempt, of.on, of.name, { inputs: read.map(inputOf) })
  const { runModel } = await import('../model/run.ts')
  const { runWarehouseModel } = await import('../model/run-on-warehouse.ts')
  const receipt =
    of.on === 'lake'
      ? await runModel({ model: of, write, refs, interval, lake: await lake(), signal })
      : await runWarehouseModel({ model: of, write, refs, interval, warehouse: await warehouse(), signal })
  return written(attempt, of.on, receipt)
}

async function load({ lake, warehouse }: TransformOptions, attempt: Attempt, of: Load): Promise<DatasetRef> {
  const ref = refOf(attempt, of.from.name) as DatasetRef<'lake'>
  const write = writeOf(attempt, 'warehouse', of.into.name, { inputs: [inputOf(ref)] })
  const { runLoad } = await import('../load/run.ts')
  const receipt = await runLoad({ load: of, write, ref, lake: await lake(), warehouse: await warehouse(), signal: attempt.signal })
  return written(attempt, 'warehouse', receipt)
}

/** What a step above wrote in this run. @throws `task.output` when it gave no dataset */
function refOf({ task, refs }: Attempt, above: string): DatasetRef {
  const ref = refs[above]
  if (ref !== undefined) return ref
  throw taskErrors.output(`${task.name} reads what ${above} wrote, and ${above} gave no dataset`, {
    facts: { task: task.name, above },
    next: `Return the dataset reference of lake.land from ${above}.`,
  })
}
