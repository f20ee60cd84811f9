import type { ColumnType } from '@sluice/author'
import { existsRule, type Judgement } from '@sluice/checks'
import { type BatchWrite, bugErrors, given, type Instant, SluiceError } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import { lockParents, mayInsertUnchecked, unchecked } from './insert-unchecked.ts'
import { refuseInterference } from './interference.ts'
import { allBroken, countAdjusted, countBroken, leftOut, refuseBrokenKey } from './left-out.ts'
import { NotStraight } from './not-straight.ts'
import { hasOrderColumn, type LoadOrder } from './order.ts'
import { type ColumnSet, type GivenTypes, keepsFirst, type LoadPlan, type Road, trustingRoad, wholeRoad } from './plan.ts'
import { isQuery } from './query-source.ts'
import { type LoadReceipt, writeReceipt } from './receipts.ts'
import { checkNow, isOfRow, type RefusedRow, refusedRows } from './refused-rows.ts'
import type { LoadRequest } from './request.ts'
import { StagedRows } from './staged-rows.ts'
import type { Staged } from './staging.ts'
import {
  deferrableConstraints,
  type LoadStatements,
  loadStatements,
  nextLoadId,
  type RoadStatements,
  roadStatements,
  stagedLines,
  type Turn,
} from './statements.ts'
import { copyStraight, judged, openStraight, type Straight } from './straight.ts'
import { forgetSuperseded, supersededStatements } from './superseded.ts'
import { withForeignKeysSuspended } from './suspend-foreign-keys.ts'
import { dropSuperseded, takeBack } from './take-back.ts'
import { forgetVersions, takeBackVersions, writeVersions } from './versions.ts'

/** Ids of loads whose rows go before the new ones come; or partitions, by the texts of a column's values. */
export type Replaced = readonly number[] | 'all' | ReplacedPartitions

export interface ReplacedPartitions {
  readonly column: string
  readonly type: ColumnType
  readonly values: readonly string[]
}

interface BatchOptions {
  readonly write: BatchWrite
  readonly id: number
  readonly asOf: Instant
  readonly turn: number | undefined
  readonly largeFrom: number
}

/** One load under way: its counts, and the steps that change them. */
export class BatchLoad {
  readonly #tx: Connection
  #plan: LoadPlan
  readonly #write: BatchWrite
  readonly #id: number
  #order: LoadOrder
  readonly #takesNumber: boolean
  #sql: LoadStatements
  readonly #largeFrom: number
  /** Orphans are looked for by the load alone. */
  #unchecked: boolean = false
  /** Where the table is locked, whether it has constraints that may be left for the end; else that is not known. */
  #isDeferrable: boolean = true
  /** Where the table is locked: whether a row of it may be of a load that comes later in order. */
  #isOvertaken: boolean = true
  /** Where the table is locked: whether rows that have been aside for long are to go. */
  #isFirstOfDay: boolean = true
  /** What is known of the texts in staging. */
  #given: GivenTypes = {}
  readonly #rows: StagedRows
  #written = 0
  /** Of those: their keys are there already. */
  #aside = 0
  /** Made for its rows: the days that they begin with. */
  #partitions: readonly string[] = []
  /** How the rows in staging were judged. */
  #adjusted: Judgement['adjusted'] = []

  constructor(tx: Connection, plan: LoadPlan, { write, id, asOf, turn, largeFrom }: BatchOptions) {
    this.#tx = tx
    this.#plan = plan
    this.#write = write
    this.#id = id
    this.#order = { asOf, turn: turn ?? Number.MAX_SAFE_INTEGER }
    this.#takesNumber = turn === undefined
    this.#sql = loadStatements(plan)
    this.#largeFrom = largeFrom
    this.#rows = new StagedRows(tx, plan, { write, id, largeFrom })
  }

  /** Rows that are to be judged and written from here on. */
  take(staged: Staged): void {
    this.#plan = staged.plan
    this.#sql = loadStatements(staged.plan)
    this.#given = staged.given
    this.#rows.take(staged)
  }

  /**
   * Writes the rows of a file by COPY into the table, where that comes to the same as staging them. Bytes read; undefined, with nothing
   * done, where it does not.
   */
  async tryStraight(request: LoadRequest, replaced: Replaced): Promise<number | undefined> {
    const straight = await openStraight(this.#tx, this.#plan, request, this.#largeFrom)
    if ('way' in straight) {
      request.explain?.(straight)
      return undefined
    }
    await this.#tx.query('savepoint before_straight')
    try {
      const bytes = await this.#goStraight(straight, request, replaced)
      await this.#tx.query('release savepoint before_straight')
      return bytes
    } catch (thrown) {
      if (!(thrown instanceof NotStraight) && !isOfRow(thrown)) throw thrown
      await this.#tx.query('rollback to savepoint before_straight')
      request.explain?.({ way: 'staged', why: thrown.message })
      this.#forgetCounts()
      return undefined
    }
  }

  async #goStraight(straight: Straight, { explain, signal }: LoadRequest, replaced: Replaced): Promise<number> {
    await this.takeTurn(replaced === 'all')
    // What the route depends on stays as it is from here on.
    await this.#tx.query(this.#sql.lockFromChange)
    await lockParents(this.#tx, this.#plan)
    const { route, limit } = await judged(this.#tx, this.#plan, straight, this.#write.dataset)
    explain?.(route)
    await this.#replace(replaced)
    const copied = await copyStraight(this.#tx, this.#plan, straight, { id: this.#id, limit, signal })
    this.#rows.count = copied.rows
    this.#written = copied.written
    if (copied.heldBack > 0) await this.#refuseHeldBack(copied.heldBack)
    return copied.bytes
  }

  /** Staging holds nothing but rows that are refused or too old. */
  async #refuseHeldBack(rows: number): Promise<void> {
    const road = wholeRoad(this.#plan)
    const sql = roadStatements(this.#plan, road)
    await this.#rows.refuseBadColumns(road, sql)
    await this.#rows.leaveOutExpired(road)
    await this.#rows.refuseOrphans(road, sql)
    if (this.#rows.quarantined + this.#rows.expired !== rows) throw new NotStraight('a row that was held back is right')
  }

  #forgetCounts(): void {
    this.#rows.count = 0
    this.#rows.noneLeftOut()
    this.#written = 0
  }

  /**
   * Loads that meet the same keys in another order would deadlock, and which row stays is decided before the insert: where a key or a
   * unique index can be met, loads take turns once the file is staged. Before any change of the table, because a lock cannot be raised
   * without the risk of a deadlock. So do all into a table in partitions: what they look at before they write (until when rows are kept,
   * which partitions there are) is not dropped under them.
   */
  async takeTurn(always: boolean): Promise<void> {
    const { table } = this.#plan
    if (always || table.key.length > 0 || table.facts.ranges !== undefined || table.facts.indexes.some(({ unique }) => unique)) {
      const { asOf, turn } = this.#order
      const load = { id: this.#id, dataset: this.#write.dataset, asOf, turn: this.#takesNumber ? undefined : turn }
      const [locked] = await this.#tx.query<Turn>(this.#sql.lockTarget(load))
      this.#isDeferrable = locked?.isDeferrable ?? true
      this.#isOvertaken = locked?.isOvertaken ?? true
      this.#isFirstOfDay = locked?.isFirstOfDay ?? true
      this.#takeNumber(locked?.turn)
    } else if (this.#takesNumber) {
      const [next] = await this.#tx.query<{ id: number }>(nextLoadId)
      this.#takeNumber(next?.id)
    }
  }

  #takeNumber(turn: number = this.#id): void {
    if (this.#takesNumber) this.#order = { ...this.#order, turn }
  }

  /** Deletes the rows of earlier generations. Under the keys that they held, the next rows in order come back. */
  async takeBack(earlier: readonly number[]): Promise<void> {
    if (this.#plan.mode === 'scd2') return await takeBackVersions(this.#tx, this.#plan, earlier)
    if (earlier.length > 0)
      await takeBack(this.#tx, this.#plan, { earlier, dataset: this.#write.dataset, deleteLoads: this.#sql.deleteLoads })
  }

  async #replace(replaced: Replaced): Promise<void> {
    if (replaced === 'all') await this.#deleteAll()
    else if ('column' in replaced) await this.#tx.query(this.#sql.deletePartitions(replaced.column, replaced.type), [replaced.values])
    else await this.takeBack(replaced)
  }

  async #deleteAll(): Promise<void> {
    await this.#tx.query(this.#sql.deleteAll)
    await this.#tx.query(forgetSuperseded, [this.#write.dataset])
    await this.#tx.query(forgetVersions, [this.#write.dataset])
  }

  /**
   * A large load trusts the texts of typed values, and undoes everything when the insert refuses one. False when there is all to do: the
   * load is small, nothing is known of its texts, or one was refused.
   */
  async tryWrite(replaced: Replaced): Promise<boolean> {
    const road = this.#rows.count < this.#largeFrom || this.#rows.hadNul ? undefined : trustingRoad(this.#plan, this.#given)
    if (road === undefined) return false
    await this.#tx.query('savepoint before_write')
    try {
      await this.write(road, replaced)
      await this.#tx.query('release savepoint before_write')
      return true
    } catch (error) {
      if (!isOfRow(error)) throw error
      await this.#tx.query('rollback to savepoint before_write')
      this.#rows.noneLeftOut()
      return false
    }
  }

  /**
   * Writes what the rules let through. Where the database refuses a row all the same, the rows that it refuses are found by trying, go to
   * quarantine, and the others are written.
   */
  async writeRows(replaced: Replaced): Promise<void> {
    const road = wholeRoad(this.#plan)
    await this.#tx.query('savepoint before_rows')
    try {
      await this.write(road, replaced)
    } catch (thrown) {
      // Rows of versions are not those of the batch: nothing says which of them is at fault.
      if (!isOfRow(thrown) || this.#plan.mode === 'scd2') throw thrown
      await this.#backToStaging()
      const refused = await this.#tryRows(road, replaced)
      if (refused.length === 0) throw thrown
      await this.write(road, replaced, refused)
    }
  }

  async #backToStaging(): Promise<void> {
    await this.#tx.query('rollback to savepoint before_rows')
    this.#rows.noneLeftOut()
    this.#written = 0
  }

  async #tryRows(road: Road, replaced: Replaced): Promise<readonly RefusedRow[]> {
    const { insertBetween } = roadStatements(this.#plan, road)
    let refused: readonly RefusedRow[] = []
    await this.write(road, replaced, [], async () => {
      const [lines] = await this.#tx.query<{ from: number; to: number }>(stagedLines)
      if (lines === undefined) return
      refused = await refusedRows(this.#tx, { insertBetween, id: this.#id, deferred: await this.#deferred() }, lines)
    })
    await this.#backToStaging()
    return refused
  }

  async write(
    road: Road,
    replaced: Replaced,
    refused: readonly RefusedRow[] = [],
    insert = (sql: RoadStatements) => this.#insert(road, sql),
  ): Promise<void> {
    const sql = roadStatements(this.#plan, road)
    this.#adjusted = road.judgement.adjusted
    await this.#rows.refuseBadColumns(road, sql)
    await this.#rows.refuseNul()
    await this.#rows.refuseRows(refused)
    await this.#rows.leaveOutExpired(road)
    this.#partitions = await this.#rows.makePartitions(road, this.#order.asOf)
    this.#unchecked = await mayInsertUnchecked(this.#tx, this.#plan, road, this.#rows.expected)
    // Before keys are suspended: readers of the table wait from there on.
    await this.#rows.refuseOrphans(road, sql)
    const act = async (): Promise<void> => {
      await this.#replace(replaced)
      await this.#rows.refuseRepeatedValues(road, sql)
      await this.#rows.refuseOrphansOfBatch(road, sql)
      await insert(sql)
      await this.#checkDeferred()
    }
    if (this.#unchecked) await act()
    else
      await withForeignKeysSuspended(
        this.#tx,
        this.#plan,
        { rows: this.#rows.expected, replaces: !Array.isArray(replaced) || replaced.length > 0 },
        act,
      )
  }

  /** Now, while the rows can still be told apart, and not at the end of the transaction. */
  async #checkDeferred(): Promise<void> {
    const deferred = await this.#deferred()
    for (const statement of deferred === undefined ? [] : checkNow(deferred)) await this.#tx.query(statement)
  }

  async #deferred(): Promise<string | undefined> {
    if (!this.#isDeferrable) return undefined
    const constraints = await this.#tx.query<{ name: string }>(deferrableConstraints, [quoteTable(this.#plan.table.name)])
    return constraints.map(({ name }) => name).join(', ') || undefined
  }

  async #insert(road: Road, sql: RoadStatements): Promise<void> {
    const { key } = road
    if (this.#plan.mode === 'scd2') await this.#keepVersions(road)
    else if (key !== undefined && this.#plan.mode === 'upsert') await this.#upsert(road, key, sql)
    else if (key !== undefined && this.#plan.mode === 'new') await this.#addNew(road, key, sql)
    else await this.#append(road, sql)
  }

  /** The latest row of a key stays in the table; the others are kept aside, and count as written. */
  async #upsert(road: Road, key: ColumnSet, sql: RoadStatements): Promise<void> {
    const superseded = supersededStatements(this.#plan, road, key)
    const beaten = this.#mayBeBeaten ? await this.#tx.execute(superseded.keepBeaten, this.#inOrder) : 0
    await this.#tx.execute(superseded.keepUpdated, [this.#id, this.#write.dataset])
    this.#written = beaten + (await this.#tx.execute(sql.insertOnConflict, [this.#id]))
  }

  /** All that was seen counts as written, also what begins no version. */
  async #keepVersions(road: Road): Promise<void> {
    await this.#rows.analyze()
    const { dataset } = this.#write
    const order = [this.#order.asOf, this.#order.turn]
    await writeVersions(this.#tx, road, { plan: this.#plan, dataset, id: this.#id, isWhole: this.#rows.quarantined === 0, order })
    this.#written = this.#rows.expected
  }

  /** The earliest row of a key stays in the table; the others stand aside, count as written, and come back when it goes. */
  async #addNew(road: Road, key: ColumnSet, sql: RoadStatements): Promise<void> {
    await this.#rows.analyze()
    const expected = this.#rows.expected
    const again = await this.#rows.collect(sql.collectDuplicates(key))
    await this.#rows.removeCollected()
    let added = (await this.#insertAllNew(key, sql)) ?? (await this.#insertRows(sql.insertOnConflict))
    if (added < expected - again) {
      const superseded = supersededStatements(this.#plan, road, key)
      if (this.#mayBeBeaten && (await this.#tx.execute(superseded.standAside, this.#inOrder)) > 0)
        added += await this.#insertRows(sql.insertOnConflict)
      await this.#rows.collect(sql.collectExisting(key), [this.#id])
      await this.#tx.execute(superseded.keepAside, [this.#id, this.#write.dataset])
      await this.#rows.removeCollected()
    }
    this.#aside = expected - added
    this.#written = expected
  }

  /** The earliest row of a key stays in the table; the others go to quarantine, and come back when it goes. */
  async #append(road: Road, sql: RoadStatements): Promise<void> {
    const { key } = road
    // The insert keeps the first of the input, which is the earliest only where no column says otherwise.
    if (key !== undefined && hasOrderColumn(this.#plan)) {
      await this.#rows.analyze()
      await this.#rows.refuseDuplicates(key, sql)
    }
    const expected = this.#rows.expected
    this.#written = (await this.#insertAllNew(key, sql)) ?? (await this.#insertRows(sql.insertOnConflict))
    if (this.#written === expected || key === undefined) return
    await this.#rows.analyze()
    await this.#rows.refuseDuplicates(key, sql)
    const superseded = supersededStatements(this.#plan, road, key)
    const exists = existsRule(key.columns)
    if (this.#mayBeBeaten) {
      const moved = await this.#tx.execute(superseded.moveLater, [...this.#inOrder, exists.id, exists.columns.join(',')])
      if (moved > 0) this.#written += await this.#insertRows(sql.insertOnConflict)
    }
    await this.#rows.refuseExisting(key, sql, superseded.keepRefused)
  }

  /** Whether a row of the table can come later in order than one of this load. */
  get #mayBeBeaten(): boolean {
    return this.#isOvertaken || hasOrderColumn(this.#plan)
  }

  get #inOrder(): readonly unknown[] {
    return [this.#id, this.#write.dataset, this.#order.asOf, this.#order.turn]
  }

  async #insertRows(statement: string): Promise<number> {
    const insert = (): Promise<number> => this.#tx.execute(statement, [this.#id])
    return this.#unchecked ? await unchecked(this.#tx, insert) : await insert()
  }

  /**
   * ON CONFLICT makes an insert of many rows half as dear again (1.25 s -> 1.86 s for 400,000), and in an append conflicts are rare: a
   * large one first tries without. Undefined when a key was there, or when this was not worth trying.
   */
  async #insertAllNew(key: ColumnSet | undefined, sql: RoadStatements): Promise<number | undefined> {
    if (!keepsFirst(this.#plan.mode) || key === undefined || this.#rows.count < this.#largeFrom) return undefined
    await this.#tx.query('savepoint all_new')
    try {
      const written = await this.#insertRows(sql.insert)
      await this.#tx.query('release savepoint all_new')
      return written
    } catch (error) {
      if (!(error instanceof SluiceError) || error.facts.sqlstate !== '23505') throw error
      await this.#tx.query('rollback to savepoint all_new')
      return undefined
    }
  }

  /** Rows written, and rows that were left out since they are kept no longer. */
  get counts(): { readonly written: number; readonly expired: number } {
    return { written: this.#written, expired: this.#rows.expired }
  }

  async finish({ rowsIn, mode, source, table }: LoadRequest, bytes: number): Promise<LoadReceipt> {
    if (this.#rows.quarantined > 0) await refuseBrokenKey(this.#tx, this.#id, table)
    if (this.#isFirstOfDay && mode !== 'full' && mode !== 'partition' && mode !== 'scd2' && table.key.length > 0)
      await dropSuperseded(this.#tx, this.#plan, { dataset: this.#write.dataset, asOf: this.#order.asOf })
    const counts = {
      rowsIn: (rowsIn ?? this.#rows.count) - this.#rows.expired,
      rowsWritten: this.#written,
      rowsQuarantined: this.#rows.quarantined,
      ...given({
        brokenRules: this.#rows.quarantined === 0 ? undefined : await countBroken(this.#tx, this.#id),
        adjusted: await countAdjusted(this.#tx, this.#adjusted),
      }),
      bytes,
      ...given({ reason: this.#reason({ table, mode }) }),
    }
    if ((rowsIn ?? this.#rows.count) !== this.#rows.count || counts.rowsIn !== counts.rowsWritten + counts.rowsQuarantined) {
      await refuseInterference(this.#tx, table.name)
      throw bugErrors.unreachable(
        `rows do not add up in ${this.#write.dataset}: ${counts.rowsIn} in, ${this.#rows.count} staged, ${counts.rowsWritten} written, ${counts.rowsQuarantined} quarantined`,
        {
          facts: { ...counts, staged: this.#rows.count, batch: this.#write.batch },
          next: 'Nothing was written. Please report this with the facts.',
        },
      )
    }
    if (isQuery(source) && this.#rows.count > this.#rows.expired && this.#written === 0) {
      throw await allBroken(this.#tx, { id: this.#id, write: this.#write, table, rows: this.#rows.count, messages: this.#rows.messages })
    }
    return await writeReceipt(this.#tx, this.#write, { id: this.#id, order: this.#order, mode, counts })
  }

  #reason(request: Pick<LoadRequest, 'table' | 'mode'>): string | undefined {
    const [first, last] = [this.#partitions[0], this.#partitions.at(-1)]
    const made =
      this.#partitions.length === 1
        ? `made the partition from ${first}`
        : `made ${this.#partitions.length} partitions from ${first} to ${last}`
    return [this.#aboutRows(request), first === undefined ? undefined : made].filter((each) => each !== undefined).join('; ') || undefined
  }

  #aboutRows({ table, mode }: Pick<LoadRequest, 'table' | 'mode'>): string | undefined {
    if (this.#rows.expired > 0) return leftOut(this.#rows.expired, table, this.#rows.limit ?? '')
    if (mode === 'partition' && this.#rows.count === 0) return 'nothing has changed in what it reads'
    return this.#aside === 0 ? undefined : `${this.#aside} of them stand aside: their keys are there already`
  }
}
