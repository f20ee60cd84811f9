import type { FileSource, Logger, Pull } from '@sluice/author'
import { durationMs, given } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import type { Lake, SameFile } from '@sluice/lake'
import { fileErrors } from '@sluice/sources'
import { type Clock, type Folder, type FolderEntry, isMarker, planListing, stageListing, takeFile, takeReady } from '@sluice/sources/folder'
import type { DriftEvent } from './columns.ts'
import { type MovedTo, type Moves, nameOf, planMoves, type StrangeFile } from './moves.ts'
import { type Asking, allTakes, compared, driftKey, inOrder, type KnownFile, type Look, lookAt, type Take } from './plan.ts'
import { type DeclaredColumns, declaredOf, readsOtherwise } from './redeclared.ts'

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
  /** Of these there are rows, and they are not there any more. One that a file which waits may be is not among them. */
  readonly vanished: readonly KnownFile[]
  /** Their bytes are there under other paths. */
  readonly moved: readonly MovedTo[]
  /** Another file was moved to their paths. */
  readonly replaced: readonly KnownFile[]
  /** New files that have the name of one that vanished, and other bytes: path -> path. */
  readonly alike: ReadonlyMap<string, string>
  /** Batches that are not those of new files of their paths. */
  readonly taken: ReadonlySet<string>
  /** Their bytes were compared, and are those of before under another time or mark. */
  readonly same: readonly SameFile[]
  /** Files that are being written still, or have no marker yet. */
  readonly waiting: readonly FolderEntry[]
  readonly counts: { readonly found: number; readonly unchanged: number; readonly moved: number } & Readonly<Record<Take, number>>
}

export interface LookOptions {
  readonly lake: Lake
  /** Full id. */
  readonly dataset: string
  readonly pull: Pick<Pull, 'into' | 'columns'> & { readonly from: FileSource }
  readonly folder: Folder
  readonly asking: Omit<Asking, 'otherwise'>
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
  const { lake, dataset, pull, folder, clock } = options
  const connection = await lake.connect()
  try {
    const listing = await stageListing(connection, listed(options))
    const held = await lake.scanFiles(connection, dataset, pull.from.name, { every: true })
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${batches} AS ${held}`)
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${known} AS SELECT * EXCLUDE (shown) FROM ${batches} WHERE shown`)
    const found = (await connection.value<number>(`SELECT count(*) FROM (${listing})`)) ?? 0
    const asking = { ...options.asking, otherwise: await redeclared(connection, pull) }
    const looks = (await different(connection, listing, asking)).map((each) => ({ ...each, look: lookAt(each.listed, each.known, asking) }))
    const written = looks.flatMap(({ look, known: before }) => (look === 'written' && before !== undefined ? [before] : []))
    const candidates = new Map(
      looks.filter(({ look }) => look !== 'written' && look !== 'unchanged').map((each) => [each.listed.path, each]),
    )
    const { ready: when } = pull.from
    const { ready, waiting } = await takeReady(
      folder,
      candidates
        .values()
        .map((each) => each.listed)
        .toArray(),
      'stable' in when ? { stableMs: durationMs(when.stable) } : when,
      clock,
    )
    const seen: (FileToTake & { readonly hash: string | undefined })[] = []
    const same: SameFile[] = []
    for (const entry of inOrder(ready, pull.from.by)) {
      const before = candidates.get(entry.path)?.known
      const { look, hash } = await lookAtBytes(entry, before, asking, options)
      if (hash !== undefined && hash === before?.hash) same.push({ ...entry, hash })
      if (look === 'written' && before !== undefined) written.push(before)
      else if (isTake(look)) seen.push({ listed: entry, take: look, known: before, hash })
    }
    const gone = await vanished(connection, listing)
    const { moved, replaced, vacated } = await movesAmong(seen, gone, options)
    const [to, from] = [new Set(moved.map((each) => each.listed.path)), new Set(moved.map((each) => each.known.batch))]
    const take = seen
      .filter(({ listed: { path } }) => !to.has(path))
      .map((file): FileToTake => (vacated.has(file.listed.path) ? { listed: file.listed, take: 'new', known: undefined } : file))
    const left = gone.filter((each) => !from.has(each.batch) && !waiting.some((file) => isLikely(file, each)))
    const counts = Object.fromEntries(allTakes.map((of) => [of, take.filter((each) => each.take === of).length]))
    return {
      take,
      written,
      same,
      vanished: left,
      moved,
      replaced,
      alike: alikeAmong(take, left),
      taken: new Set([...(await takenBatches(connection)), ...from]),
      waiting,
      counts: {
        found,
        unchanged: found - waiting.length - take.length - moved.length - written.length,
        moved: moved.length,
        ...(counts as Readonly<Record<Take, number>>),
      },
    }
  } finally {
    connection.close()
  }
}

/** Who moves a file moves its size and time with it: until its bytes tell, it may be the one that is not there. */
const isLikely = (file: FolderEntry, known: KnownFile): boolean => file.bytes === known.bytes && file.modified === known.modified

/** Only files of a size that a batch without its file has are read for it. */
async function movesAmong(
  seen: readonly (FileToTake & { readonly hash: string | undefined })[],
  gone: readonly KnownFile[],
  options: LookOptions,
): Promise<Moves> {
  const loose = [...gone, ...seen.flatMap(({ take, known: before }) => (take === 'changed' && before !== undefined ? [before] : []))]
  const sizes = Map.groupBy(loose, ({ bytes }) => bytes)
  const files: StrangeFile[] = []
  for (const { listed: entry, take, known: before, hash } of seen) {
    if (take !== 'new' && take !== 'changed') continue
    const mayBe = (sizes.get(entry.bytes) ?? []).some(({ batch }) => batch !== before?.batch)
    files.push({ listed: entry, known: before, hash: mayBe ? (hash ?? (await hashOf(entry, options))) : undefined })
  }
  return planMoves(files, loose)
}

/** `undefined` for one that changes, goes or cannot be read meanwhile: it is told when it is read. */
async function hashOf(entry: FolderEntry, { folder, workFolder, signal }: LookOptions): Promise<string | undefined> {
  try {
    await using file = await takeFile(folder, entry, { workFolder, ...given({ signal }) })
    return file.hash
  } catch (thrown) {
    if ([fileErrors.changed, fileErrors.missing, fileErrors.unreadable].some((fault) => fault.is(thrown))) return undefined
    throw thrown
  }
}

function alikeAmong(take: readonly FileToTake[], gone: readonly KnownFile[]): ReadonlyMap<string, string> {
  const byName = Map.groupBy(gone, ({ path }) => nameOf(path))
  return new Map(
    take.flatMap(({ listed: { path }, take: why }) => {
      const [one, more] = why === 'new' ? (byName.get(nameOf(path)) ?? []) : []
      return one === undefined || more !== undefined ? [] : [[path, one.path] as const]
    }),
  )
}

const batches = '_sluice_batches_of_files'
const known = '_sluice_known'

const isTake = (look: Look): look is Take => allTakes.some((take) => take === look)

/** Markers are not files of the source. Names that are not taken are told. */
async function* listed({ pull: { from: source }, folder, log, signal }: LookOptions): AsyncGenerator<FolderEntry, void, undefined> {
  const { ready } = source
  const odd = ({ path, why }: { readonly path: string; readonly why: string }): void => log.warn(`${path} is not taken: ${why}`)
  for await (const entry of folder.list(planListing(source.pattern), odd)) {
    signal?.throwIfAborted()
    if (!('marker' in ready && isMarker(ready.marker, entry.path))) yield entry
  }
}

/** Drift that the declaration of now reads otherwise. Of many files few kinds of it are there. */
async function redeclared(connection: DuckConnection, pull: DeclaredColumns): Promise<ReadonlySet<string>> {
  const now = declaredOf(pull)
  const rows = await connection.rows<{ declared: string | null; drift: string }>(
    `SELECT DISTINCT declared, drift FROM ${known} WHERE drift IS NOT NULL AND NOT gone AND declared IS DISTINCT FROM $1`,
    [now],
  )
  const otherwise = rows.filter(({ drift }) => readsOtherwise(JSON.parse(drift) as readonly DriftEvent[], pull))
  return new Set(otherwise.map(({ declared, drift }) => driftKey({ drift, ...given({ declared: declared ?? undefined }) })))
}

/** Batches that began under other paths, or stand behind others of theirs. */
async function takenBatches(connection: DuckConnection): Promise<readonly string[]> {
  const rows = await connection.rows<{ batch: string }>(`SELECT batch FROM ${batches} WHERE first IS NOT NULL OR NOT shown`)
  return rows.map(({ batch }) => batch)
}

const knownColumns = [
  'path, bytes, modified, mark, hash, batch, generation, run, "logicalTime" AS logical_time, cleared, gone, first, declared, drift',
  '"rowsIn" AS rows_in, "rowsWritten" AS rows_written, "rowsQuarantined" AS rows_quarantined',
].join(', ')

/** Files that are not plainly the same as when another run has read them. */
async function different(connection: DuckConnection, listing: string, { run, again, otherwise }: Asking) {
  const rows = await connection.rows(
    `SELECT l AS listed, k AS known FROM (${listing}) l LEFT JOIN (SELECT ${knownColumns} FROM ${known}) k ON k.path = l.path
    WHERE k.path IS NULL OR k.gone OR k.run = $1 OR k.bytes <> l.bytes OR k.modified <> l.modified OR k.mark <> l.mark
      OR l.path IN (SELECT unnest(from_json($2, '["VARCHAR"]')))
      OR coalesce(k.declared, '') || ' ' || k.drift IN (SELECT unnest(from_json($3, '["VARCHAR"]')))`,
    [run, JSON.stringify([...again]), JSON.stringify([...otherwise])],
  )
  return rows.map((row) => ({
    listed: entryOf(row.listed as unknown as Fields),
    known: isKnown(row.known) ? knownOf(row.known) : undefined,
  }))
}

type Fields = Readonly<Record<string, unknown>>

const isKnown = (value: unknown): value is Fields => typeof value === 'object' && value !== null && Reflect.get(value, 'path') !== null

/** As the file is now: it may have been waited for. Of one whose size is the same its bytes tell. */
async function lookAtBytes(
  entry: FolderEntry,
  before: KnownFile | undefined,
  asking: Asking,
  options: LookOptions,
): Promise<{ readonly look: Look; readonly hash?: string }> {
  const look = lookAt(entry, before, asking)
  if (look !== 'compare' || before === undefined) return { look }
  const hash = entry.bytes === before.bytes ? await hashOf(entry, options) : undefined
  return hash === undefined ? { look: 'changed' } : { look: compared(hash, before, asking), hash }
}

async function vanished(connection: DuckConnection, listing: string): Promise<readonly KnownFile[]> {
  const rows = await connection.rows(
    `SELECT ${knownColumns} FROM ${known} ANTI JOIN (${listing}) USING (path) WHERE NOT gone ORDER BY path`,
  )
  return rows.map(knownOf)
}

const textOf = (value: unknown): string | undefined => (value === null || value === undefined ? undefined : String(value))

const entryOf = (row: Fields): FolderEntry => ({
  path: String(row.path),
  bytes: Number(row.bytes),
  modified: Number(row.modified),
  ...given({ touched: row.touched === null ? undefined : Number(row.touched), mark: textOf(row.mark) }),
})

const knownOf = (row: Fields): KnownFile => ({
  path: String(row.path),
  bytes: Number(row.bytes),
  modified: Number(row.modified),
  hash: String(row.hash),
  batch: String(row.batch),
  generation: Number(row.generation),
  run: String(row.run),
  logicalTime: Number(row.logical_time),
  gone: row.gone === true,
  rowsIn: Number(row.rows_in),
  rowsWritten: Number(row.rows_written),
  rowsQuarantined: Number(row.rows_quarantined),
  ...given({
    cleared: Number(row.cleared),
    mark: textOf(row.mark),
    first: textOf(row.first),
    declared: textOf(row.declared),
    drift: textOf(row.drift),
  }),
})
