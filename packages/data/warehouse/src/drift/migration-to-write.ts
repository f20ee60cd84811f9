import type { AnyDataset } from '@sluice/author'
import { createTableSql, dropTableSql, withoutReferences } from '../ddl/create-table.ts'
import { grantSql, grantsOf } from '../ddl/grants.ts'
import { quoteTable, splitTableName } from '../ddl/names.ts'
import type { TableShape } from '../ddl/shape.ts'
import { type AlteredTable, addReference, alterTable } from './alter-table.ts'
import { filesOf } from './change.ts'
import type { Compared } from './compared.ts'
import { driftOf } from './drift.ts'
import { lossesOf } from './losses.ts'
import type { Migrated } from './migrated.ts'
import { type Question, questionsOf } from './questions.ts'
import { type Rename, renameIn, withRename } from './rename.ts'

/** What a database lacks to be what the datasets say. */
export interface Lacking {
  /** A sentence each. */
  readonly differences: readonly string[]
  /** The migration that brings it there, as the texts of its two files; `null` where nothing differs. */
  readonly migration: MigrationToWrite | null
  /** What the migration takes from rows that are there, a sentence each. */
  readonly losses: readonly string[]
  /** What may be one thing under two names. */
  readonly questions: readonly Question[]
}

export interface MigrationToWrite {
  /** What it may be called: the table, or `tables`. */
  readonly word: string
  readonly up: string
  readonly down: string
}

export interface LackingOptions {
  /** Tables that are there and no dataset declares. */
  readonly others?: readonly TableShape[]
  /** What has another name is dropped and made anew, and not renamed. */
  readonly allowLoss?: boolean
}

/** The differences and the migration that ends them. All tables are made before the first foreign key, so their order is free. */
export function lackingOf(compared: readonly Compared[], migrated: Migrated, options: LackingOptions = {}): Lacking {
  const { others = [], allowLoss = false } = options
  const differing = compared.filter(({ wanted, live }) => driftOf([wanted], live === undefined ? [] : [live], migrated).length > 0)
  const differences = differing.flatMap(({ wanted, live }) => driftOf([wanted], live === undefined ? [] : [live], migrated))
  if (differences.length === 0) return { ...nothingLacking, differences }
  const altered = differing.map(({ table, wanted, live }) =>
    live === undefined
      ? created(table, wanted)
      : alterTable(table, wanted, live, { made: migrated.get(table.name) ?? [], rename: renameTaken(wanted, live, allowLoss) }),
  )
  const [only] = differing
  const word = differing.length === 1 && only !== undefined ? splitTableName(only.table.name).name : 'tables'
  return {
    differences,
    questions: questionsOf(differing, others),
    losses: differing.flatMap(({ wanted, live }) => {
      if (live === undefined) return []
      const rename = renameTaken(wanted, live, allowLoss)
      return lossesOf(wanted, rename === undefined ? live : withRename(live, rename))
    }),
    migration: {
      word: fileWord(word),
      ...filesOf([...altered.flatMap(({ changes }) => changes), ...altered.flatMap(({ references }) => references)]),
    },
  }
}

export const nothingLacking: Lacking = { differences: [], migration: null, losses: [], questions: [] }

const renameTaken = (wanted: TableShape, live: TableShape, allowLoss: boolean): Rename | undefined =>
  allowLoss ? undefined : renameIn(wanted, live)

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
