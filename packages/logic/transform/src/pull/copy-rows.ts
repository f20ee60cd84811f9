import type { AnyDataset, DatabaseConnection } from '@sluice/author'
import { bugErrors, given, type SinkReceipt, type SliceFact, type SluiceError } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { type CopiedRows, type DatabaseColumn, databases, type RowsAsked } from '@sluice/sources/sql'
import { planRows, type RowsPlan } from '../rows/plan.ts'
import type { ColumnMap } from './columns.ts'
import { mapRows, type PulledRows, queryOf } from './map-rows.ts'
import { namesInTable } from './names-in-table.ts'
import { withAdded } from './open-file.ts'
import { filledBefore } from './slice.ts'

export interface CopyRowsOptions extends Pick<RowsAsked, 'seen' | 'since' | 'most'> {
  readonly pull: PulledRows
  readonly database: DatabaseConnection
  readonly lake: Lake
  /** Of the dataset. */
  readonly receipts: readonly SinkReceipt[]
  readonly workFolder: string
  readonly signal?: AbortSignal | undefined
}

/** Rows of a database, and how they get into the table. */
export interface RowsAtHand {
  readonly copied: CopiedRows
  readonly map: ColumnMap
  readonly filledBy: SliceFact['filledBy']
  /** With the columns that the pull adds. */
  readonly table: AnyDataset
  readonly plan: RowsPlan
}

/** Rows that are not to be read, and why. */
export interface RowsRefused {
  readonly map: ColumnMap
  readonly fault: SluiceError
}

/** Copies the rows that are asked for, once the columns are known to fit. */
export async function copyRows(options: CopyRowsOptions): Promise<RowsAtHand | RowsRefused> {
  const { pull, database, lake, receipts, workFolder, signal, ...asked } = options
  const { from, into } = pull
  const { copy } = await databases[database.type]()
  const names = await namesInTable({ lake, pull })
  let met: ReturnType<typeof mapRows> | undefined
  let chosen: readonly string[] = []
  let filledBy: SliceFact['filledBy']
  const choose = (columns: readonly DatabaseColumn[]): readonly string[] => {
    met = mapRows(pull, columns, { names, filled: filledBefore(receipts, from.name) })
    if (met.fault !== undefined) throw met.fault
    filledBy = idsOf(met.map, columns)
    chosen = [...new Set([...met.map.from.values(), ...met.map.added.values()])]
    return chosen
  }
  const metNow = (): typeof met => met
  try {
    const copied = await copy(database, { source: from, ...asked, choose }, { workFolder, ...given({ signal }) })
    const map = metNow()?.map
    if (map === undefined) throw bugErrors.unreachable(`${from.name}: rows came before their columns`, { next: 'Please report this.' })
    const table = withAdded(into, map.added.keys())
    const output = Object.keys(table.columns).map((name) => ({ name, type: 'VARCHAR' }))
    const plan = planRows({ into: table, query: queryOf(table, map, chosen, copied), output, ofEqual: 'last' })
    return { copied, map, filledBy, table, plan }
  } catch (thrown) {
    const now = metNow()
    if (now?.fault === undefined || thrown !== now.fault) throw thrown
    return { map: now.map, fault: now.fault }
  }
}

/** Column of the dataset -> what the database knows the one by that fills it. */
function idsOf({ from }: ColumnMap, found: readonly DatabaseColumn[]): SliceFact['filledBy'] {
  const ids = new Map(found.flatMap(({ name, id }) => (id === undefined ? [] : [[name, id]])))
  const filled = [...from].flatMap(([column, name]) => (ids.has(name) ? [[column, ids.get(name) ?? '']] : []))
  return filled.length === 0 ? undefined : (Object.fromEntries(filled) as Readonly<Record<string, string>>)
}
