import type { Instant } from '@sluice/core'
import type { FolderEntry } from './folder.ts'

/** A look at a file. */
export interface Look {
  readonly entry: FolderEntry
  /** By our clock. */
  readonly at: Instant
}

/** Whether a file may be read: `waitMs` until it may, unless it changes. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly waitMs: number }

/**
 * A file is whole once it has been the same, in size and time, for a span. What it was before the first look its own times tell, the one
 * too that no program can set back (`cp -p` sets the other). A time that lies in the future, by our clock, tells nothing.
 */
export function readiness(first: Look, last: Look, stableMs: number): Readiness {
  // One that has changed between the looks was written to at a moment that only its own clock knows.
  const since = isSameFile(first.entry, last.entry) ? Math.min(first.at, toldBy(last)) : last.at
  const waitMs = Math.max(0, stableMs - (last.at - since))
  return waitMs === 0 ? { ready: true } : { ready: false, waitMs }
}

const timeOf = ({ modified, touched = modified }: FolderEntry): Instant => Math.max(modified, touched)

const toldBy = ({ entry, at }: Look): Instant => (timeOf(entry) <= at ? timeOf(entry) : at)

/** Whether nothing was written to a file between two looks, as far as size, times and marks can tell. */
export const isSameFile = (a: FolderEntry, b: FolderEntry): boolean =>
  a.bytes === b.bytes && a.modified === b.modified && alike(a.touched, b.touched) && alike(a.mark, b.mark)

const alike = <T>(a: T | undefined, b: T | undefined): boolean => a === undefined || b === undefined || a === b

/** The path of the marker of a file: `*.done` stands for its own name, a name without `*` for one of its folder. */
export function markerOf(marker: string, path: string): string {
  const cut = path.lastIndexOf('/') + 1
  return path.slice(0, cut) + marker.replace('*', () => path.slice(cut))
}

/** Whether a path may be that of a marker: markers are not files of the source. */
export function isMarker(marker: string, path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const [before = '', after] = marker.split('*')
  return after === undefined
    ? name === marker
    : name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after)
}
