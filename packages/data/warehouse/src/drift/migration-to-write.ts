import type { AnyDataset } from '@sluice/author'
import { createTableSql, dropTableSql, withoutReferences } from '../ddl/create-table.ts'
import { grantSql, grantsOf } from '../ddl/grants.ts'
import { quoteTable, splitTableName } from '../ddl/names.ts'
import type { TableShape } from '../ddl/shape.ts'
import { type AlteredTable, addReference, alterTable } from './alter-table.ts'
import { filesOf } from './change.ts'
import { driftOf } from './drift.ts'
import type { Migrated } from './migrated.ts'

/** What a database lacks to be what the datasets say. */
export interface Lacking {
  /** A sentence each. */
  readonly differences: readonly string[]
  /** The migration that brings it there, as the texts of its two files; `null` where nothing differs. */
  readonly migration: MigrationToWrite | null
}

export interface MigrationToWrite {
  /** What it may be called: the table, or `tables`. */
  readonly word: string
  readonly up: string
  readonly down: string
}

/** A dataset, as the server would describe it, and as it describes what is there. */
export interface Compared {
  readonly table: AnyDataset
  readonly wanted: TableShape
  readonly live: TableShape | undefined
}

/** The differences and the migration that ends them. All tables are made before the first foreign key, so their order is free. */
export function lackingOf(compared: readonly Compared[], migrated: Migrated): Lacking {
  const differing = compared.filter(({ wanted, live }) => driftOf([wanted], live === undefined ? [] : [live], migrated).length > 0)
  const differences = differing.flatMap(({ wanted, live }) => driftOf([wanted], live === undefined ? [] : [live], migrated))
  if (differences.length === 0) return { differences, migration: null }
  const altered = differing.map(({ table, wanted, live }) =>
    live === undefined ? created(table, wanted) : alterTable(table, wanted, live, migrated.get(table.name) ?? []),
  )
  const [only] = differing
  const word = differing.length === 1 && only !== undefined ? splitTableName(only.table.name).name : 'tables'
  return {
    differences,
    migration: {
      word: fileWord(word),
      ...filesOf([...altered.flatMap(({ changes }) => changes), ...altered.flatMap(({ references }) => references)]),
    },
  }
}

/** A table goes with all that was made on it; its foreign keys go before the tables they refer to. */
const created = (table: AnyDataset, wanted: TableShape): AlteredTable => ({
  changes: [
    {
      up: [...createTableSql(withoutReferences(table)), ...grantsOf(table).map((text) => grantSql(quoteTable(table.name), text))].join(
        ';\n\n',
      ),
      down: dropTableSql(table).join(';\n\n'),
    },
  ],
  references: wanted.references.map((each) => addReference(table.name, each)),
})

/** As the name of a migration may be spelled. */
export const fileWord = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '_')
