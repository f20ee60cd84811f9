import type { StructType } from '../../schema/schema.ts'
import type { Row } from './values.ts'

/** What the tests need from an implementation of Delta, ours included. Conditions and constants are SQL that all of them understand. */
export interface Engine {
  readonly name: string
  /** All rows at a version, the newest by default, in the canonical form. */
  rows(root: string, schema: StructType, version?: number): Promise<Row[]>
  close(): Promise<void>
}

/** An engine that also changes tables. */
export interface WritingEngine extends Engine {
  append(root: string, schema: StructType, rows: readonly Row[]): Promise<void>
  /** Replaces the rows of the table with the same `id` and adds the others. */
  merge(root: string, schema: StructType, rows: readonly Row[]): Promise<void>
  delete(root: string, where: string): Promise<void>
  update(root: string, set: Readonly<Record<string, string>>, where: string): Promise<void>
  optimize(root: string): Promise<void>
  /** Deletes every file that no reader of the newest version needs. */
  vacuum(root: string): Promise<void>
  checkpoint(root: string): Promise<void>
}
