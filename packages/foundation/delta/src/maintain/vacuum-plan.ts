import { basename, isAbsolute, normalize } from 'node:path/posix'
import { DeltaError } from '../errors.ts'
import { deletionVectorPath } from '../files/deletion-vector.ts'
import { isLeftover } from '../log/cleanup.ts'
import { logFolder } from '../log/segment.ts'
import { fileKey } from '../log/uri.ts'
import { flag, number, optional, options, stated } from '../options/form.ts'
import type { AddFile, RemoveFile } from '../protocol/actions.ts'
import { intervalMs, type Properties } from '../protocol/property-values.ts'
import type { FoundFile } from '../store/store.ts'

const hourMs = 3_600_000
/** A shorter retention may break running readers and writers. Spark has the same limit. */
export const safeHours = 168
/** The temporary files of a commit exist for milliseconds. */
const temporaryMs = 24 * hourMs

export interface VacuumOptions {
  /** How long a file is kept after it left the table. `delta.deletedFileRetentionDuration` or 168 by default. */
  readonly retentionHours?: number
  /** Reports which files would be deleted and deletes none. */
  readonly dryRun?: boolean
  /** Allows a retention below 168 hours or below the table's property. Running readers may then fail. */
  readonly allowShortRetention?: boolean
  /** Records the commits VACUUM START and VACUUM END in the history. Off by default, as in Spark, so that a vacuum makes no version. */
  readonly log?: boolean
}

export const vacuumOptions = options<VacuumOptions>({
  retentionHours: optional(number),
  dryRun: stated(flag),
  allowShortRetention: optional(flag),
  log: optional(flag),
})

/** The retention that the table's property promises to readers. Throws `property.invalid`. */
export function promisedMs(properties: Properties): number {
  return intervalMs(properties, 'delta.deletedFileRetentionDuration', safeHours * hourMs)
}

/** Throws `retention.short` or `property.invalid`. */
export function retentionMsOf({ retentionHours, allowShortRetention = false }: VacuumOptions, properties: Properties): number {
  const promised = promisedMs(properties)
  const retention = retentionHours === undefined ? promised : retentionHours * hourMs
  const least = Math.max(safeHours * hourMs, promised)
  if (retention >= least || (allowShortRetention && retention >= 0)) return retention
  throw new DeltaError(
    'retention.short',
    `A retention of ${retention / hourMs} hours is below ${least / hourMs} hours: readers of older versions and running writers could lose their files.`,
    `Keep at least ${least / hourMs} hours, or set allowShortRetention when nothing else uses the table.`,
    { retentionHours: retention / hourMs, leastHours: least / hourMs },
  )
}

/** The files to keep, in every spelling that the log may use for them. */
export interface Protection {
  readonly paths: ReadonlySet<string>
  /** The names of files with absolute paths outside of this root. The root may have other names, such as a link to it. */
  readonly names: ReadonlySet<string>
}

/** The data files and deletion vectors that some actions name. */
export function protectionOf(files: Iterable<AddFile | RemoveFile>, root: string): Protection {
  const [paths, names] = [new Set<string>(), new Set<string>()]
  const protect = (relativeOrAbsolute: string) => {
    const path = normalize(relativeOrAbsolute)
    if (isAbsolute(path)) names.add(basename(path))
    else paths.add(path)
  }
  for (const { path, deletionVector } of files) {
    protect(keyOrRaw(path, root))
    const vector = deletionVector === undefined || deletionVector === null ? undefined : deletionVectorPath(deletionVector)
    if (vector !== undefined) protect(vector.startsWith(`${root}/`) ? vector.slice(root.length + 1) : vector)
  }
  return { paths, names }
}

/** We do not know where a path of another scheme leads, so every file of its name is protected. */
function keyOrRaw(path: string, root: string): string {
  try {
    return fileKey(path, root, undefined)
  } catch {
    return `/${path}`
  }
}

/** Tombstones within the retention, and tombstones without a time. */
export function isRecent({ deletionTimestamp }: RemoveFile, cutoffMs: number): boolean {
  return deletionTimestamp === undefined || deletionTimestamp > cutoffMs
}

/**
 * The files of a listing to delete: unprotected files that were last written before the cutoff. Folders and files whose names begin with
 * `_` or `.` do not belong to the table, except partition folders of such a column, and `_change_data`, whose files are deleted by age
 * alone. In the log only the temporary files of killed writers are deleted, after a day.
 */
export function planVacuum(found: readonly FoundFile[], kept: Protection, cutoffMs: number, nowMs: number): FoundFile[] {
  const goes = ({ path, modifiedMs }: FoundFile) => {
    const names = path.split('/')
    const name = names.at(-1) ?? ''
    if (names[0] === logFolder) return names.length === 2 && isLeftover(name) && modifiedMs < nowMs - temporaryMs
    if (modifiedMs >= cutoffMs || isHidden(name) || names.slice(0, -1).some(isHiddenFolder)) return false
    return !kept.paths.has(path) && !kept.names.has(name)
  }
  return found.filter(goes).sort((a, b) => (a.path < b.path ? -1 : 1))
}

const isHidden = (name: string) => /^[._]/.test(name)
const isHiddenFolder = (name: string) => isHidden(name) && name !== '_change_data' && !name.includes('=')
