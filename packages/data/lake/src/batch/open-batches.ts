import { brokenKey } from '@sluice/author'
import { type BatchWrite, bugErrors, type FileFact, given, type SluiceError } from '@sluice/core'
import { type DuckConnection, isOfData, quoteLiteral } from '@sluice/duckdb'
import { type NewestWrite, storedReceipt } from '../receipt.ts'
import { newestWrite, type SilverContext } from '../silver/commit.ts'
import {
  type BatchesCommit,
  type BatchesOutcome,
  commitBatches,
  committedReceipts,
  ofBatches,
  removeBatches,
} from '../silver/commit-batches.ts'
import { mustBeJudged } from '../silver/quarantine.ts'
import { quarantineBatches } from '../silver/quarantine-batches.ts'
import type { BatchRows, JudgedRows } from './open-batch.ts'
import { refusalOf } from './refusal.ts'

/** The rows of several batches, as SELECTs on their connection that say in `_batch` which batch a row belongs to. */
export interface RowsOfBatches extends Pick<BatchRows, 'columns' | 'partitionBy' | 'hopeful' | 'soundKey' | 'atMost'> {
  /** Judges all rows of all batches. Called only when the hopeful road is closed. */
  judge(): Promise<JudgedBatches>
  /** Those that are written, by their ids; the others are left. All unless given. */
  readonly only?: ReadonlySet<string>
  /** Asked once rows were written that nobody has judged, before they are committed: they are dropped and judged where it says no. */
  sound?(): Promise<boolean>
  /** By batch: what is known of its file, in the place of what its write says. Looked at once all rows were read. */
  readonly files?: ReadonlyMap<string, FileFact>
}

export interface JudgedBatches extends Pick<JudgedRows, 'good' | 'messages'> {
  /** SELECT of the broken rows: `batch`, `row_number` (from 1, in its batch), `rule`, `place` and `cells`. */
  readonly broken: string
  /** By batch. One without rows may be left out. */
  readonly counts: ReadonlyMap<string, JudgedRows['counts']>
}

/** Several batches of one dataset that are written in one commit, each with its generation and its receipt. */
export interface LakeBatches extends Disposable {
  /** What is known already: those that are written, and those of which a newer generation is. */
  readonly known: BatchesOutcome
  /** The others, in the order in which they were given. */
  readonly writes: readonly BatchWrite[]
  /** Temporary tables made on it live until the batches are disposed of. */
  readonly connection: DuckConnection
  /** Writes what may be written of them; those that may not, by their rows, are refused one by one. */
  finish(rows: RowsOfBatches): Promise<BatchesOutcome>
  /** Takes their rows away, those in quarantine too: receipts of a generation without rows, which say the reason. */
  remove(reason: string): Promise<BatchesOutcome>
  /**
   * Of files that were moved, whose writes say so: their rows stay, and receipts without rows say under which path. The rows of the other
   * batches are taken away in the same commit, since another file has taken their path.
   */
  move(): Promise<BatchesOutcome>
}

/** Begins the write of several batches. The connection is theirs from here on. */
export async function openBatches(at: SilverContext, all: readonly BatchWrite[]): Promise<LakeBatches> {
  const { connection } = at
  try {
    refuseOdd(at, all)
    const known = await committedReceipts(at, all)
    const newest = await newestWrite(at)
    const writes = all.filter(({ batch }) => !known.receipts.has(batch) && !known.refused.has(batch))
    const together = (outcome: BatchesOutcome): BatchesOutcome => ({
      receipts: new Map([...known.receipts, ...outcome.receipts]),
      refused: new Map([...known.refused, ...outcome.refused]),
    })
    return {
      known,
      writes,
      connection,
      async finish(rows) {
        const chosen = writes.filter(({ batch }) => rows.only?.has(batch) !== false).map((write) => withFile(write, rows.files))
        return chosen.length === 0 ? known : together(await finish(at, chosen, rows, newest))
      },
      remove: async (reason) => (writes.length === 0 ? known : together(await remove(at, writes, reason, newest))),
      move: async () => (writes.length === 0 ? known : together(await move(at, writes, newest))),
      [Symbol.dispose]: () => connection.close(),
    }
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}

function refuseOdd({ dataset }: SilverContext, all: readonly BatchWrite[]): void {
  const names = new Set(all.map(({ batch }) => batch))
  const other = all.find((write) => write.dataset !== dataset.id)
  if (names.size === all.length && other === undefined) return
  throw bugErrors.unreachable(`${dataset.id}: batches that are written together are of one dataset, and each is named once`, {
    facts: { dataset: dataset.id, batches: all.length, named: names.size, ...given({ other: other?.dataset }) },
    next: 'Please report this with the log of the attempt.',
  })
}

const withFile = (write: BatchWrite, files: RowsOfBatches['files']): BatchWrite => ({
  ...write,
  ...given({ file: files?.get(write.batch) }),
})

/** In the order of one batch (see `open-batch.ts`), for the same reasons: the hopeful road, the judgement, the quarantine, the data. */
async function finish(
  at: SilverContext,
  writes: readonly BatchWrite[],
  rows: RowsOfBatches,
  newest: NewestWrite | undefined,
): Promise<BatchesOutcome> {
  const commit = { writes, columns: rows.columns, newest, ...given({ partitionBy: rows.partitionBy }) }
  const hopeful = await tryHopeful(at, commit, rows)
  if (hopeful !== undefined) return hopeful
  const { good, broken, messages, counts } = await rows.judge()
  await quarantineBatches(at, writes, { select: broken, rows: mapped(counts, ({ rowsQuarantined }) => rowsQuarantined) })
  const rules = await rulesOf(at, broken, counts, rows.soundKey)
  const refused = new Map<string, SluiceError>()
  for (const write of writes) {
    const of = counts.get(write.batch) ?? nothing
    const { all = [], ofKey = [] } = rules.get(write.batch) ?? {}
    const refusal =
      ofKey.length > 0
        ? brokenKey(at.dataset.id, ofKey)
        : refusalOf(at.dataset, write, { counts: of, rules: all, messages, atMost: rows.atMost })
    if (refusal !== undefined) refused.set(write.batch, refusal)
  }
  const left = writes.filter(({ batch }) => !refused.has(batch))
  if (left.length === 0) return { receipts: new Map(), refused }
  const writtenAt = at.now()
  const outcome = await commitBatches(at, {
    ...commit,
    writes: left,
    select: refused.size === 0 ? good : ofBatches(good, left),
    storedOf(write, rowsWritten, upTo) {
      const { rowsIn, rowsQuarantined, adjusted } = counts.get(write.batch) ?? nothing
      const all = rules.get(write.batch)?.all
      const brokenRules = all && Object.fromEntries(all.map(({ rule, rows: n }) => [rule, n]))
      return storedReceipt(
        withFile(write, rows.files),
        { rowsIn, rowsWritten, rowsQuarantined, ...given({ brokenRules, adjusted }), credits: 0, writtenAt },
        upTo,
      )
    },
  })
  return { receipts: outcome.receipts, refused: new Map([...refused, ...outcome.refused]) }
}

const nothing: JudgedRows['counts'] = { rowsIn: 0, rowsQuarantined: 0 }

/** `undefined` when the rows have to be judged; nothing is committed then. */
async function tryHopeful(
  at: SilverContext,
  commit: Omit<BatchesCommit, 'select' | 'storedOf' | 'before'>,
  { hopeful: select, sound, files }: RowsOfBatches,
): Promise<BatchesOutcome | undefined> {
  if (select === undefined || (await mustBeJudged(at, commit.writes))) return undefined
  const writtenAt = at.now()
  let isSound = true
  try {
    return await commitBatches(at, {
      ...commit,
      select,
      async before() {
        isSound = (await sound?.()) ?? true
        if (!isSound) throw new Error('the rows are to be judged')
      },
      storedOf: (write, rows, newest) =>
        storedReceipt(withFile(write, files), { rowsIn: rows, rowsWritten: rows, rowsQuarantined: 0, credits: 0, writtenAt }, newest),
    })
  } catch (thrown) {
    if (!isSound || isOfData(thrown)) return undefined
    throw thrown
  }
}

async function remove(
  at: SilverContext,
  writes: readonly BatchWrite[],
  reason: string,
  newest: NewestWrite | undefined,
): Promise<BatchesOutcome> {
  await quarantineBatches(at, writes, { select: noBrokenRows, rows: new Map() })
  const counted = { rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0, credits: 0, writtenAt: at.now() }
  return await removeBatches(at, { writes, newest, storedOf: (write, _, upTo) => storedReceipt(write, counted, upTo, reason) })
}

async function move(at: SilverContext, writes: readonly BatchWrite[], newest: NewestWrite | undefined): Promise<BatchesOutcome> {
  const isMoved = ({ file }: BatchWrite): boolean => file?.moved !== undefined
  await quarantineBatches(
    at,
    writes.filter((write) => !isMoved(write)),
    { select: noBrokenRows, rows: new Map() },
  )
  const counted = { rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0, credits: 0, writtenAt: at.now() }
  return await removeBatches(at, {
    writes,
    newest,
    kept: new Set(writes.filter(isMoved).map(({ batch }) => batch)),
    storedOf: (write, _, upTo) => {
      const { moved } = write.file ?? {}
      return storedReceipt(write, counted, upTo, moved === undefined ? replacedReason : `moved from ${moved.from}`)
    },
  })
}

/** Why the rows of a file go whose path has now the bytes of another one. */
export const replacedReason = 'another file was moved to its path'

const noBrokenRows = `SELECT '' AS batch, 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`

interface RulesOfBatch {
  readonly all: readonly { readonly rule: string; readonly rows: number }[]
  /** Those of the key by which no row may be broken. */
  readonly ofKey: readonly { readonly rule: string; readonly rows: number }[]
}

/** By batch, the heaviest first. */
async function rulesOf(
  { connection }: SilverContext,
  broken: string,
  counts: JudgedBatches['counts'],
  soundKey: readonly string[] | undefined,
): Promise<ReadonlyMap<string, RulesOfBatch>> {
  if (counts.values().every(({ rowsQuarantined }) => rowsQuarantined === 0)) return new Map()
  const key = `[${(soundKey ?? []).map(quoteLiteral).join(', ')}]::VARCHAR[]`
  const ofKey = soundKey === undefined ? 'false' : `coalesce(list_has_all(${key}, string_split(place, ',')), false)`
  const found = await connection.rows<{ batch: string; rule: string; rows: number; of_key: number }>(
    `SELECT batch, rule, count(*) AS rows, count(*) FILTER (WHERE ${ofKey}) AS of_key FROM (${broken}) GROUP BY ALL ORDER BY 3 DESC, 2`,
  )
  return mapped(
    Map.groupBy(found, ({ batch }) => batch),
    (all) => ({
      all: all.map(({ rule, rows }) => ({ rule, rows })),
      ofKey: all.flatMap(({ rule, of_key }) => (of_key > 0 ? [{ rule, rows: of_key }] : [])),
    }),
  )
}

const mapped = <A, B>(of: ReadonlyMap<string, A>, change: (value: A) => B): ReadonlyMap<string, B> =>
  new Map(of.entries().map(([key, value]) => [key, change(value)]))
