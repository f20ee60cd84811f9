import type { Instant } from '@sluice/core'
import type { Folder, FolderEntry } from './folder.ts'
import { isMarker, type Look, markerOf, readiness } from './readiness.ts'

export type ReadyWhen = { readonly stableMs: number } | { readonly marker: string }

export interface Clock {
  now(): Instant
  wait(ms: number): Promise<void>
}

export interface Taken {
  /** As they are now. */
  readonly ready: readonly FolderEntry[]
  /** Those that are being written still, or wait for their markers. */
  readonly waiting: readonly FolderEntry[]
}

/** Files that are looked at, at one time. */
const atOnce = 64

/**
 * Of files that were listed, those that are whole. Waits once, for as long as the youngest needs and the span at most; what changes
 * meanwhile is left for the next time, and what has gone is in neither list. Markers themselves are left out.
 */
export async function takeReady(folder: Folder, listed: readonly FolderEntry[], when: ReadyWhen, clock: Clock): Promise<Taken> {
  if ('marker' in when) return await withMarkers(folder, listed, when.marker)
  const at = clock.now()
  const looks = listed.map((entry): Look => ({ entry, at }))
  const waits = looks.flatMap((look) => {
    const answer = readiness(look, look, when.stableMs)
    return answer.ready ? [] : [answer.waitMs]
  })
  if (waits.length === 0) return { ready: listed, waiting: [] }
  await clock.wait(waits.reduce((most, each) => Math.max(most, each), 0))
  const ready: FolderEntry[] = []
  const waiting: FolderEntry[] = []
  await inChunks(
    looks,
    async (look) => {
      if (readiness(look, look, when.stableMs).ready) return [look.entry, true] as const
      const entry = await folder.look(look.entry.path)
      return entry === undefined ? undefined : ([entry, readiness(look, { entry, at: clock.now() }, when.stableMs).ready] as const)
    },
    ([entry, isReady]) => (isReady ? ready : waiting).push(entry),
  )
  return { ready, waiting }
}

async function withMarkers(folder: Folder, listed: readonly FolderEntry[], marker: string): Promise<Taken> {
  const ready: FolderEntry[] = []
  const waiting: FolderEntry[] = []
  const known = new Map<string, Promise<boolean>>()
  const isThere = (path: string): Promise<boolean> => {
    // One marker of a folder stands for all files of it.
    const asked = known.get(path) ?? isIn(folder, path)
    known.set(path, asked)
    return asked
  }
  const files = listed.filter(({ path }) => !isMarker(marker, path))
  await inChunks(
    files,
    async (entry) => [entry, await isThere(markerOf(marker, entry.path))] as const,
    ([entry, isMarked]) => (isMarked ? ready : waiting).push(entry),
  )
  return { ready, waiting }
}

const isIn = async (folder: Folder, path: string): Promise<boolean> => (await folder.look(path)) !== undefined

/** In their order, some at a time. */
async function inChunks<A, B>(all: readonly A[], work: (each: A) => Promise<B | undefined>, take: (found: B) => void): Promise<void> {
  for (let from = 0; from < all.length; from += atOnce)
    for (const found of await Promise.all(all.slice(from, from + atOnce).map(work))) if (found !== undefined) take(found)
}
