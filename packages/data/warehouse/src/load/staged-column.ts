import type { Column } from '@sluice/author'
import { postgresType } from '@sluice/postgres'

export interface StagedColumn {
  readonly name: string
  /** Its name in staging, where it is text: `c1`, `c2` ... */
  readonly staged: string
  readonly column: Column
  readonly required: boolean
}

/** The staged text as the table's type. */
export const typed = ({ staged, column }: StagedColumn): string =>
  column.type.kind === 'text' ? staged : `${staged}::${postgresType(column.type)}`
