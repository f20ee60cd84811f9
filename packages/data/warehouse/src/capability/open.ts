import { type Attempt, type Capability, inputsOf, type Retain, readingOf, type Sql, takeExternal, writeOf } from '@sluice/author'
import { configErrors } from '@sluice/core'
import { closeBegun, once } from '@sluice/process'
import type { Warehouse } from '../warehouse.ts'
import type { TaskWarehouse, WarehouseContext } from './define.ts'

/** The URLs of a warehouse's two roles. They hold passwords. */
export interface WarehouseUrls {
  readonly ownerUrl: string
  readonly readerUrl: string
}

export interface WarehouseCapability extends Capability<WarehouseContext> {
  /** The warehouse itself, for capabilities that stand on it. */
  readonly open: () => Promise<Warehouse>
}

/** The warehouse of a project, connected to by the first task that uses it. @param urls `undefined`: the project has none. */
export function warehouseCapability({
  project,
  urls,
}: {
  readonly project: string
  readonly urls: WarehouseUrls | undefined
}): WarehouseCapability {
  const open = once(async (): Promise<Warehouse> => {
    if (urls === undefined) {
      throw configErrors.missing(`project ${project} has no warehouse`, {
        next: 'Restart the platform: it prepares one for each project of the configuration.',
      })
    }
    const { openWarehouse } = await import('../warehouse.ts')
    return openWarehouse({ database: { url: urls.ownerUrl }, readerUrl: urls.readerUrl, project, maxConnections: 2 })
  })
  return {
    name: 'warehouse',
    open,
    context: (attempt) => ({ warehouse: taskWarehouse(open, attempt) }),
    steps: { retain: async (attempt) => await retain(await open(), attempt) },
    close: () => closeBegun(open),
  }
}

const taskWarehouse = (open: () => Promise<Warehouse>, attempt: Attempt): TaskWarehouse => ({
  rows: async (columns, statement: unknown) => {
    const reading = await readingOf(attempt, statement as Sql, { onlyBatches: true })
    const rows = await (await open()).rows(columns, statement as Sql, reading)
    takeExternal(attempt, inputsOf(statement as Sql, reading))
    return rows
  },
})

/** Deletes the rows that the dataset keeps no longer. A retry or a replay deletes nothing more and answers as the first time. */
async function retain(warehouse: Warehouse, attempt: Attempt): Promise<{ readonly deleted: number }> {
  const { run, timeZone, signal, log } = attempt
  const { on: table, column, olderThanMs } = attempt.step as Retain
  const before = run.logicalTime - olderThanMs
  const write = writeOf(attempt, 'warehouse', table.name, { write: `retain.${column}` })
  const receipt = await warehouse.retain({ table, column, before, timeZone, write, signal })
  attempt.keep(receipt)
  const { dataset, rowsDeleted: deleted, replayed, reason } = receipt
  log.info(`${replayed ? 'already ' : ''}${reason ?? 'retained'}`, { dataset, column, before, deleted })
  return { deleted }
}
