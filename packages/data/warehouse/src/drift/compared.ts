import type { AnyDataset } from '@sluice/author'
import type { TableShape } from '../ddl/shape.ts'

/** A dataset, as the server would describe it, and as it describes what is there. */
export interface Compared {
  readonly table: AnyDataset
  readonly wanted: TableShape
  readonly live: TableShape | undefined
}
