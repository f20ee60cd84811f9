import { type AnyDataset, datasetsIn, type ModelSpec, type Reading, type Sql } from '@sluice/author'
import { definitionErrors, type SluiceError } from '@sluice/core'
import { type Lake, lakeErrors } from '@sluice/lake'
import type { Connection, Pool } from '@sluice/postgres'
import { hookFault, queryFaults, renderSql } from '@sluice/warehouse'
import { refuseClock } from '../model/clock-words.ts'
import { describe } from '../model/describe.ts'
import { parsedSql } from '../model/parsed.ts'
import { columnFaults } from '../model/plan.ts'
import { refuseRounding } from '../model/rounding-in-lake.ts'
import { modeOf } from '../model/run-on-warehouse.ts'
import { refuseVolatile } from '../model/volatile-in-lake.ts'

/** A model and the datasets that it names, by id. */
export interface ExaminedModel<M extends ModelSpec = ModelSpec> {
  readonly model: M
  readonly datasets: ReadonlyMap<string, AnyDataset>
}

export interface ModelFinding<M extends ModelSpec = ModelSpec> {
  readonly model: M
  readonly fault: SluiceError
}

/**
 * What runs of models in the lake would refuse before they look at a row: SQL that does not bind, columns that are not those of the
 * dataset, the clock. Their queries are described, not run. @param lake one in which nothing was written: each dataset then has its
 * declared columns
 */
export async function examineInLake<M extends ModelSpec>(
  models: readonly ExaminedModel<M>[],
  lake: Pick<Lake, 'connect' | 'render'>,
): Promise<readonly ModelFinding<M>[]> {
  const connection = await lake.connect()
  try {
    const found: ModelFinding<M>[] = []
    for (const { model, datasets } of models) {
      const faults = await faultsOf(async () => {
        refuseClock(model.name, model.sql)
        const parsed = await parsedSql(connection, model.sql)
        await refuseVolatile(connection, model.name, parsed)
        refuseRounding(model.name, parsed)
        const { select } = await lake.render(connection, model.sql, emptyReading(model, datasets))
        return columnFaults(
          { name: model.name, refresh: model.refresh, into: intoOf(model, datasets) },
          await describe(connection, model, select),
        )
      })
      found.push(...faults.map((fault) => ({ model, fault })))
    }
    return found
  } finally {
    connection.close()
  }
}

/** The same of models in the warehouse. @param pool of a database with the tables as the datasets declare them */
export async function examineInWarehouse<M extends ModelSpec>(
  models: readonly ExaminedModel<M>[],
  pool: Pool,
): Promise<readonly ModelFinding<M>[]> {
  return await pool.withConnection(async (connection) => {
    const found: ModelFinding<M>[] = []
    for (const { model, datasets } of models) {
      const faults = await faultsOf(async () => {
        refuseClock(model.name, model.sql)
        return await queryFaults(connection, intoOf(model, datasets), modeOf(model), renderSql(model.sql, emptyReading(model, datasets)))
      })
      found.push(...faults.map((fault) => ({ model, fault })), ...(await hookFindings(connection, { model, datasets })))
    }
    return found
  })
}

/** What is wrong with a hook is found in the text of the hook. */
async function hookFindings<M extends ModelSpec>(
  connection: Connection,
  { model, datasets }: ExaminedModel<M>,
): Promise<readonly ModelFinding<M>[]> {
  const found: ModelFinding<M>[] = []
  for (const which of ['before', 'after'] as const)
    for (const [at, hook] of model.hooks[which].entries()) {
      const called = `hook ${at + 1} ${which} the write of ${model.name}`
      const fault = await hookFault(connection, called, renderSql(hook, emptyReading(model, datasets, hook)))
      if (fault !== undefined) found.push({ model: { ...model, sql: hook }, fault })
    }
  return found
}

/** Nothing is claimed of a query that reads exports, whose columns are known only when there is one. */
async function faultsOf(examine: () => Promise<readonly SluiceError[]>): Promise<readonly SluiceError[]> {
  try {
    return await examine()
  } catch (thrown) {
    if (definitionErrors.invalid.is(thrown)) return [thrown]
    if (lakeErrors.dataset_unknown.is(thrown)) return []
    throw thrown
  }
}

const intoOf = ({ into }: ModelSpec, datasets: ReadonlyMap<string, AnyDataset>): AnyDataset => {
  const found = datasets.get(into)
  if (found !== undefined) return found
  throw definitionErrors.invalid(`there is no dataset ${into}`, { facts: { dataset: into }, next: 'Declare it.' })
}

/** Of an instant at which nothing was written yet. */
const emptyReading = ({ into, reads, sql: own }: ModelSpec, datasets: ReadonlyMap<string, AnyDataset>, sql: Sql = own): Reading => ({
  datasets: new Map([...datasets].filter(([id]) => id === into || reads.includes(id))),
  interval: { start: 0, end: 0 },
  timeZone: 'UTC',
  batches: new Map(datasetsIn(sql).map((id) => [id, []])),
})
