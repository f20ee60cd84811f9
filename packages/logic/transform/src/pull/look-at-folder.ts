import type { FileSource, Logger } from '@sluice/author'
import { durationMs, given } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import type { Lake } from '@sluice/lake'
import { type Clock, type Folder, type FolderEntry, isMarker, planListing, stageListing, takeFile, takeReady } from '@sluice/sources/folder'
import { type Asking, compared, inOrder, type KnownFile, type Look, lookAt, type Take } from './plan.ts'

/** A file that is to be read, and why. */
export interface FileToTake {
  readonly listed: FolderEntry
  readonly take: Take
  readonly known: KnownFile | undefined
}

/** What a folder holds, beside what the dataset has of it. */
export interface FolderLook {
  /** In the order in which they are to be read. */
  readonly take: readonly FileToTake[]
  /** Files that this run has read in an attempt before. */
  readonly written: readonly KnownFile[]
  /** Of these there are rows, and they are not there any more. */
  readonly vanished: readonly KnownFile[]
  /** Files that are being written still, or have no marker yet. */
  readonly waiting: readonly FolderEntry[]
  readonly counts: { readonly found: number; readonly unchanged: number } & Readonly<Record<Take, number>>
}

export interface LookOptions {
  readonly lake: Lake
  /** Full id. */
  readonly dataset: string
  readonly source: FileSource
  readonly folder: Folder
  readonly asking: Asking
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
  /** For files of a bucket that must be compared by their bytes. */
  readonly workFolder: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Lists a folder and looks up each file among the receipts. Both stay in DuckDB, which gives back what differs: a folder of a million files
 * of which ten are new costs the memory of ten.
 */
export async function lookAtFolder(options: LookOptions): Promise<FolderLook> {
  const { lake, dataset, source, folder, asking, clock } = options
  const connection = await lake.connect()
  try {
    const listing = await stageListing(connection, listed(options))
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${known} AS ${await lake.scanFiles(connection, dataset, source.name)}`)
    const found = (await connection.value<number>(`SELECT count(*) FROM (${listing})`)) ?? 0
    const looks = (await different(connection, listing, asking)).map((each) => ({ ...each, look: lookAt(each.listed, each.known, asking) }))
    const written = looks.flatMap(({ look, known: before }) => (look === 'written' && before !== undefined ? [before] : []))
    const candidates = new Map(
      looks.filter(({ look }) => look !== 'written' && look !== 'unchanged').map((each) => [each.listed.path, each]),
    )
    const when = 'stable' in source.ready ? { stableMs: durationMs(source.ready.stable) } : source.ready
    const { ready, waiting } = await takeReady(
      folder,
      candidates
        .values()
        .map((each) => each.listed)
        .toArray(),
      when,
      clock,
    )
    const takes: FileToTake[] = []
    for (const entry of inOrder(ready, source.by)) {
      const before = candidates.get(entry.path)?.known
      const look = before === undefined ? 'new' : await lookAtBytes(entry, before, options)
      if (look === 'written' && before !== undefined) written.push(before)
      else if (isTake(look)) takes.push({ listed: entry, take: look, known: before })
    }
    const of = (take: Take): number => takes.filter((each) => each.take === take).length
    return {
      take: takes,
      written,
      vanished: await vanished(connection, listing),
      waiting,
      counts: {
        found,
        unchanged: found - waiting.length - takes.length - written.length,
        new: of('new'),
        changed: of('changed'),
        cleared: of('cleared'),
        asked: of('asked'),
      },
    }
  } finally {
    connection.close()
  }
}

const known = '_sluice_known'

const isTake = (look: Look): look is Take => look === 'new' || look === 'changed' || look === 'cleared' || look === 'asked'

/** Markers are not files of the source. Names that are not taken are told. */
async function* listed({ source, folder, log, signal }: LookOptions): AsyncGenerator<FolderEntry, void, undefined> {
  const { ready } = source
  const odd = ({ path, why }: { readonly path: string; readonly why: string }): void => log.warn(`${path} is not taken: ${why}`)
  for await (const entry of folder.list(planListing(source.pattern), odd)) {
    signal?.throwIfAborted()
    if (!('marker' in ready && isMarker(ready.marker, entry.path))) yield entry
  }
}

interface Different extends Record<string, string | number | boolean | null> {
  readonly path: string
  readonly bytes: number
  readonly modified: number
  readonly touched: number | null
  readonly is_known: boolean
}

/** Files that are not plainly the same as when another run has read them. */
async function different(connection: DuckConnection, listing: string, { run, again }: Asking) {
  const asked = JSON.stringify([...again])
  const rows = await connection.rows<Different>(
    `SELECT l.path, l.bytes, l.modified, l.touched, k.path IS NOT NULL AS is_known, k.bytes AS known_bytes, k.modified AS known_modified, k.hash, k.batch,
      k.generation, k.run, k."logicalTime" AS logical_time, k.cleared, k.gone
    FROM (${listing}) l LEFT JOIN ${known} k ON k.path = l.path
    WHERE k.path IS NULL OR k.gone OR k.run = $1 OR k.bytes <> l.bytes OR k.modified <> l.modified
      OR l.path IN (SELECT unnest(from_json($2, '["VARCHAR"]')))`,
    [run, asked],
  )
  return rows.map(({ path, bytes, modified, touched, is_known, ...row }) => ({
    listed: { path, bytes, modified, ...(touched === null ? {} : { touched }) },
    known: is_known ? knownOf({ ...row, path, bytes: row.known_bytes, modified: row.known_modified }) : undefined,
  }))
}

/** As the file is now: it may have been waited for. Of one whose size is the same its bytes tell. */
async function lookAtBytes(entry: FolderEntry, before: KnownFile, options: LookOptions): Promise<Look> {
  const look = lookAt(entry, before, options.asking)
  if (look !== 'compare') return look
  if (entry.bytes !== before.bytes) return 'changed'
  await using file = await takeFile(options.folder, entry, { workFolder: options.workFolder, ...given({ signal: options.signal }) })
  return compared(file.hash, before, options.asking)
}

async function vanished(connection: DuckConnection, listing: string): Promise<readonly KnownFile[]> {
  const rows = await connection.rows(
    `SELECT path, bytes, modified, hash, batch, generation, run, "logicalTime" AS logical_time, cleared, gone FROM ${known} ANTI JOIN (${listing}) USING (path)
    WHERE NOT gone ORDER BY path`,
  )
  return rows.map(knownOf)
}

const knownOf = (row: Readonly<Record<string, unknown>>): KnownFile => ({
  path: String(row.path),
  bytes: Number(row.bytes),
  modified: Number(row.modified),
  hash: String(row.hash),
  batch: String(row.batch),
  generation: Number(row.generation),
  run: String(row.run),
  logicalTime: Number(row.logical_time),
  gone: row.gone === true,
  ...given({ cleared: Number(row.cleared) }),
})
