import { brokenKey, type Columns, inputsOf, type Reading, type Sql } from '@sluice/author'
import { type BatchWrite, type FileFact, given, type InputVersion, type Instant, type SinkReceipt, type SliceFact } from '@sluice/core'
import { type DuckConnection, isOfData, quoteLiteral } from '@sluice/duckdb'
import type { Pinned } from '../pinned.ts'
import type { NewestWrite } from '../receipt.ts'
import {
  commitCounted,
  committedReceipt,
  commitUncounted,
  definitionBefore,
  newestWrite,
  type SeenVersions,
  type SilverContext,
  seenVersions,
  sourcesBefore,
  type TableChange,
  type TableMode,
} from '../silver/commit.ts'
import { mustBeJudged, quarantine } from '../silver/quarantine.ts'
import { type AtMost, type BrokenRule, refusalOf } from './refusal.ts'

/** The rows of a batch, as SELECTs on the connection of the batch. */
export interface BatchRows {
  readonly columns: Columns
  readonly partitionBy?: readonly string[]
  readonly mode: TableMode
  /** Of rows that show more than batches: the logical time of the newest batch among them. */
  readonly asOf?: Instant
  /** What is known of the file or slice now that it was read, in the place of what the write says. */
  readonly file?: FileFact
  readonly slice?: SliceFact
  /**
   * All rows as they come, unjudged. Reading the first broken row fails: with `brokenRow` in the message, or by what DuckDB says of data
   * (`isOfData`). Left out where a rule looks at
   * several rows at once.
   */
  readonly hopeful?: string
  /** Columns of a key by which no row may be broken. */
  readonly soundKey?: readonly string[]
  /** Why it holds no rows, of a batch whose rows are taken away. */
  readonly reason?: string
  /** How many may be broken: of more the batch is not written, as where all are. */
  readonly atMost?: AtMost
  /** Judges all rows. Called only when the hopeful road is closed. */
  judge(): Promise<JudgedRows>
}

export interface JudgedRows {
  /** SELECT of the good rows, their columns those declared. */
  readonly good: string
  /**
   * SELECT of the broken rows: `row_number` (from 1, in the whole result; null for one that did not come so far), `rule`, `place` (the
   * columns at fault) and `cells` (a JSON object of texts).
   */
  readonly broken: string
  /** What a rule says, by its id. */
  readonly messages: Readonly<Record<string, string>>
  readonly counts: Pick<SinkReceipt, 'rowsIn' | 'rowsQuarantined' | 'adjusted'>
  /** What is known of its file once all rows were read. */
  readonly file?: FileFact | undefined
  /** The same of its slice. */
  readonly slice?: SliceFact | undefined
}

/** What the hopeful SELECT raises at a broken row: `error('...')`. */
export const brokenRow = '_sluice_broken_row'

/** The one write of a batch and generation to a table of the lake. */
export interface LakeBatch extends Disposable {
  readonly receipt?: undefined
  /** Temporary tables made on it live until the batch is disposed of; so does what its statements read. */
  readonly connection: DuckConnection
  /** The newest write of the table before this one. */
  readonly newest: NewestWrite | undefined
  /** What the model of the task was when it wrote last, in short. */
  readonly definition: string | undefined
  /** Of a table that is made by partition: the versions of its sources that it was made of, by their ids. */
  readBefore(): Promise<Readonly<Record<string, number>> | undefined>
  /** A statement as one SELECT. The batches that it reads become inputs of the receipt. */
  render(sql: Sql, reading: Reading): Promise<Pinned>
  /** @throws `quality.failed` when every row broke a rule, or more than may: the broken rows are in quarantine, the table is as it was. */
  finish(rows: BatchRows): Promise<SinkReceipt>
}

/** This batch and generation is written already: nothing is to be done. */
export interface WrittenBatch extends Disposable {
  readonly receipt: SinkReceipt
}

type Render = (connection: DuckConnection, sql: Sql, reading: Reading) => Promise<Pinned>

/** Begins the write of a batch. The connection is the batch's from here on. */
export async function openBatch(at: SilverContext, write: BatchWrite, render: Render): Promise<LakeBatch | WrittenBatch> {
  const { connection } = at
  const dispose = { [Symbol.dispose]: () => connection.close() }
  let newest: NewestWrite | undefined
  let seen: SeenVersions
  let definition: string | undefined
  try {
    const receipt = await committedReceipt(at, write)
    if (receipt !== undefined) return { receipt, ...dispose }
    seen = await seenVersions(at)
    newest = await newestWrite(at)
    if (write.definition !== undefined) definition = await definitionBefore(at, write.task)
  } catch (thrown) {
    connection.close()
    throw thrown
  }
  const inputs: InputVersion[] = [...write.inputs]
  return {
    connection,
    newest,
    definition,
    readBefore: () => sourcesBefore(at),
    async render(sql, reading) {
      const pinned = await render(connection, sql, reading)
      inputs.push(...inputsOf(sql, reading))
      return pinned
    },
    finish: (rows) =>
      finish(at, { ...write, ...given({ asOf: rows.asOf, file: rows.file, slice: rows.slice }), inputs }, { ...rows, newest, seen }),
    ...dispose,
  }
}

/**
 * Writes the rows. The order is the contract, since a process may die after each step and the replay begins at the first:
 *
 * 1. All rows are written as they come, if there is a hopeful SELECT and nothing speaks against it (1 M nested records: 3.6 s and 1.4 GB ->
 *    3.1 s and 0.7 GB). At a broken row that write is dropped.
 * 2. All rows are judged.
 * 3. The broken ones go to the quarantine, in the place of those of earlier generations. A crash behind this step leaves rows that the
 * replay finds there by their transaction; behind the commit of the data they would be lost.
 * 4. The good ones are committed with the receipt.
 */
async function finish(at: SilverContext, write: BatchWrite, rows: BatchRows & Pick<TableChange, 'newest' | 'seen'>): Promise<SinkReceipt> {
  const { columns, partitionBy, mode, newest, seen } = rows
  const change = { write, columns, mode, newest, seen, ...(partitionBy === undefined ? {} : { partitionBy }) }
  const hopeful = await tryHopeful(at, change, rows.hopeful)
  if (hopeful !== undefined) return hopeful
  const { good, broken, messages, counts, file, slice } = await rows.judge()
  const { rowsIn, rowsQuarantined, adjusted } = counts
  await quarantine(at, write, { select: broken, rows: rowsQuarantined })
  if (rowsQuarantined > 0 && rows.soundKey !== undefined) await refuseBrokenKey(at, broken, rows.soundKey)
  const rules = rowsQuarantined === 0 ? undefined : await rulesOf(at, broken)
  const refusal = rules && refusalOf(at.dataset, write, { counts, rules, messages, atMost: rows.atMost })
  if (refusal !== undefined) throw refusal
  const brokenRules = rules && Object.fromEntries(rules.map(({ rule, rows }) => [rule, rows]))
  const told = { ...write, ...given({ file, slice }) }
  return await commitCounted(at, {
    ...change,
    write: told,
    select: good,
    rowsIn,
    rowsQuarantined,
    ...given({ brokenRules, adjusted, reason: rows.reason }),
  })
}

/** The receipt, or `undefined` when the rows have to be judged; nothing is committed then. */
async function tryHopeful(at: SilverContext, change: TableChange, select: string | undefined): Promise<SinkReceipt | undefined> {
  if (select === undefined || (await mustBeJudged(at, [change.write]))) return undefined
  try {
    return await commitUncounted(at, { ...change, select })
  } catch (thrown) {
    if (isOfData(thrown)) return undefined
    throw thrown
  }
}

/** The broken rows are in quarantine, as where every row is broken. @throws `quality.failed` for those at fault by the key alone */
async function refuseBrokenKey({ dataset, connection }: SilverContext, broken: string, key: readonly string[]): Promise<void> {
  const names = `[${key.map(quoteLiteral).join(', ')}]`
  const rules = await connection.rows<{ rule: string; rows: number }>(
    `SELECT rule, count(*) AS rows FROM (${broken}) WHERE list_has_all(${names}, string_split(place, ',')) GROUP BY ALL ORDER BY 2 DESC, 1`,
  )
  if (rules.length > 0) throw brokenKey(dataset.id, rules)
}

/** The heaviest first. */
const rulesOf = ({ connection }: SilverContext, broken: string): Promise<readonly BrokenRule[]> =>
  connection.rows<BrokenRule>(`SELECT rule, count(*) AS rows FROM (${broken}) GROUP BY ALL ORDER BY 2 DESC, 1`)
