import type { LogStore } from '@sluice/delta'
import type { Footers } from './footers.ts'

/**
 * Where a lake lies. Paths are relative to it, with `/`: `<project>/<layer>` is a zone, `<project>/<layer>/<name>` a dataset. Zones hold
 * the files of bronze and gold, datasets are tables; each is a store of its own, which holds no other's files.
 */
export interface LakeStorage {
  /** Only this machine sees it. */
  readonly isLocal: boolean
  /** The store of a zone or a table: for one path always the same. */
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
