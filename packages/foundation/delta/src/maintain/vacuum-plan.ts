import { basename, isAbsolute, normalize } from 'node:path/posix'
import { DeltaError } from '../errors.ts'
import { deletionVectorPath } from '../files/deletion-vector.ts'
import { logFolder } from '../log/segment.ts'
import { fileKey } from '../log/uri.ts'
import type { AddFile, RemoveFile } from '../protocol/actions.ts'
import { intervalMs, type Properties } from '../protocol/property-values.ts'
import type { FoundFile } from '../store/store.ts'

const hourMs = 3_600_000
/** Below it a vacuum breaks readers and writers that run (trap 28 of the engines' experience, and Spark's own limit). */
export const safeHours = 168
/** Temporary files of a commit live for milliseconds. */
const temporaryMs = 24 * hourMs

export interface VacuumOptions {
  /** How long a file stays after it left the table; `delta.deletedFileRetentionDuration` or 168 by default. */
  readonly retentionHours?: number
  /** Says what would be deleted, and deletes nothing. */
  readonly dryRun?: boolean
  /** Needed below 168 hours, or below what the table's property promises: running readers may fail. */
  readonly allowShortRetention?: boolean
  /** Leaves the commits VACUUM START and VACUUM END in the history. Off, as in Spark: a vacuum changes no version. */
  readonly log?: boolean
}

/** What the table's property promises to readers. Throws `property.invalid`. */
export function promisedMs(properties: Properties): number {
  return intervalMs(properties, 'delta.deletedFileRetentionDuration', safeHours * hourMs)
}

/** Throws `retention.short`, `property.invalid`. */
export function retentionMsOf({ retentionHours, allowShortRetention = false }: VacuumOptions, properties: Properties): number {
  const promised = promisedMs(properties)
  const retention = retentionHours === undefined ? promised : retentionHours * hourMs
  const least = Math.max(safeHours * hourMs, promised)
  if (retention >= least || (allowShortRetention && retention >= 0)) return retention
  throw new DeltaError(
    'retention.short',
    `A retention of ${retention / hourMs} hours is below ${least / hourMs}: readers of older versions, and writers that are not done, would lose their files.`,
    `Keep at least ${least / hourMs} hours, or set allowShortRetention when nothing else uses the table.`,
    { retentionHours: retention / hourMs, leastHours: least / hourMs },
  )
}

/** Files that must stay, by every spelling the log may use for them. */
export interface Protection {
  readonly paths: ReadonlySet<string>
  /** Of absolute paths that are not under the root as it is spelled here: the root may have other names (a link to it). */
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

/** A path of another scheme is nowhere under this root as far as we know: then its name alone is protected. */
function keyOrRaw(path: string, root: string): string {
  try {
    return fileKey(path, root, undefined)
  } catch {
    return `/${path}`
  }
}

/** Tombstones whose retention runs, and those that do not say when they were made. */
export function isRecent({ deletionTimestamp }: RemoveFile, cutoffMs: number): boolean {
  return deletionTimestamp === undefined || deletionTimestamp > cutoffMs
}

/**
 * Which files of a listing go: what nothing protects and what was last written before the cutoff. Folders and files that begin with `_` or `.`
 * are not the table's data, except partition folders of such a column and `_change_data`, whose files go by age alone. In the log only our
 * own temporary files go, after a day.
 */
export function planVacuum(found: readonly FoundFile[], kept: Protection, cutoffMs: number, nowMs: number): FoundFile[] {
  const goes = ({ path, modifiedMs }: FoundFile) => {
    const names = path.split('/')
    const name = names.at(-1) ?? ''
    if (names[0] === logFolder) return names.length === 2 && /^\..*\.tmp$/.test(name) && modifiedMs < nowMs - temporaryMs
    if (modifiedMs >= cutoffMs || isHidden(name) || names.slice(0, -1).some(isHiddenFolder)) return false
    return !kept.paths.has(path) && !kept.names.has(name)
  }
  return found.filter(goes).sort((a, b) => (a.path < b.path ? -1 : 1))
}

const isHidden = (name: string) => /^[._]/.test(name)
const isHiddenFolder = (name: string) => isHidden(name) && name !== '_change_data' && !name.includes('=')
