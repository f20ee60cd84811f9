import type { LogStore } from '@sluice/delta'
import type { Footers } from './footers.ts'

/**
 * Where a lake lies. Paths are relative to it, with `/`: `<project>/<layer>` is a layer, `<project>/<layer>/<name>` a dataset. A layer
 * holds the files of its datasets, but those of a table, which is a store of its own: no store holds the files of another.
 */
export interface LakeStorage {
  /** Only this machine sees it. */
  readonly isLocal: boolean
  /** The store of a layer or a table: for one path always the same. */
  at(path: string): LogStore
  /** Names of the folders below a path, sorted. */
  folders(path: string): Promise<readonly string[]>
  /** Every file below a path at any depth, relative to it, sorted. Names only. */
  files(path: string): Promise<readonly string[]>
  /** Files below a path that a glob pattern names, relative to it, sorted. Links that lead out of the path count as nothing. */
  match(path: string, pattern: string): Promise<readonly string[]>
  /** Parquet files of the store at a path as local files, of which no more than the footers can be read. */
  footers(path: string, files: readonly string[]): Promise<Footers>
  /** A local folder for what is never published. */
  scratch(path: string): string
  /** How a path is called in messages: a local path, `s3://bucket/prefix/...`. */
  locate(path: string): string
}
