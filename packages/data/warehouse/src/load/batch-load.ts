import type { ColumnType } from '@sluice/author'
import { existsRule, type Judgement, orphanRule, type Rule, uniqueRule, valueRule } from '@sluice/checks'
import { type BatchWrite, bugErrors, given, type Instant, SluiceError } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import { lockParents, mayInsertUnchecked, unchecked } from './insert-unchecked.ts'
import { refuseInterference } from './interference.ts'
import { allBroken, countAdjusted, countBroken, leftOut, refuseBrokenKey } from './left-out.ts'
import { NotStraight } from './not-straight.ts'
import { nulStandIn } from './nul.ts'
import { hasOrderColumn, type LoadOrder, laterLoads } from './order.ts'
import { type ColumnSet, type GivenTypes, keepsFirst, type LoadPlan, type Road, trustingRoad, wholeRoad } from './plan.ts'
import { isQuery } from './query-source.ts'
import { deletedBefore, type LoadReceipt, writeReceipt } from './receipts.ts'
import { checkNow, isOfRow, type RefusedRow, refusedRows } from './refused-rows.ts'
import type { LoadRequest } from './request.ts'
import type { Staged } from './staging.ts'
import {
  collectLines,
  deferrableConstraints,
  ensureBad,
  type LoadStatements,
  loadStatements,
  nextLoadId,
  type RoadStatements,
  roadStatements,
  stagedLines,
} from './statements.ts'
import { copyStraight, judged, openStraight, type Straight } from './straight.ts'
import { forgetSuperseded, supersededStatements } from './superseded.ts'
import { withForeignKeysSuspended } from './suspend-foreign-keys.ts'
import { dropSupersededOnceADay, takeBack } from './take-back.ts'
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
  /** What is known of the texts in staging. */
  #given: GivenTypes = {}
  #staged = 0
  #quarantined = 0
  /** Kept no longer: left out, and no longer counted as having come in. */
  #expired = 0
  #limit: string | undefined
  #written = 0
  /** Of those: their keys are there already. */
  #aside = 0
  #analyzed = false
  /** Texts had NUL characters, of which stand-ins are left. */
  #hadNul: boolean = false
  readonly #messages = new Map<string, string>()
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
  }

  /** Rows that are to be judged and written from here on. */
  take({ plan, rows, given, hadNul }: Staged): void {
    this.#plan = plan
    this.#sql = loadStatements(plan)
    this.#staged = rows
    this.#given = given
    this.#hadNul = hadNul
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
    this.#staged = copied.rows
    this.#written = copied.written
    if (copied.heldBack > 0) await this.#refuseHeldBack(copied.heldBack)
    return copied.bytes
  }

  /** Staging holds nothing but rows that are refused or too old. */
  async #refuseHeldBack(rows: number): Promise<void> {
    const road = wholeRoad(this.#plan)
    const sql = roadStatements(this.#plan, road)
    await this.#refuseBadColumns(road, sql)
    await this.#leaveOutExpired(road)
    await this.#refuseOrphans(road, sql)
    if (this.#quarantined + this.#expired !== rows) throw new NotStraight('a row that was held back is right')
  }

  #forgetCounts(): void {
    this.#staged = 0
    this.#quarantined = 0
    this.#expired = 0
    this.#written = 0
  }

  /**
   * Loads that meet the same keys in another order would deadlock, and which row stays is decided before the insert: where a key or a
   * unique index can be met, loads take turns once the file is staged. Before any change of the table, because a lock cannot be raised
   * without the risk of a deadlock.
   */
  async takeTurn(always: boolean): Promise<void> {
    const { table } = this.#plan
    if (always || table.key.length > 0 || table.facts.indexes.some(({ unique }) => unique)) {
      const [locked] = await this.#tx.query<{ turn: number; isDeferrable: boolean }>(this.#sql.lockTarget)
      this.#isDeferrable = locked?.isDeferrable ?? true
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
    const road = this.#staged < this.#largeFrom || this.#hadNul ? undefined : trustingRoad(this.#plan, this.#given)
    if (road === undefined) return false
    await this.#tx.query('savepoint before_write')
    try {
      await this.write(road, replaced)
      await this.#tx.query('release savepoint before_write')
      return true
    } catch (error) {
      if (!isOfRow(error)) throw error
      await this.#tx.query('rollback to savepoint before_write')
      this.#quarantined = 0
      this.#expired = 0
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
    await this.#tx.query('release savepoint before_rows')
  }

  async #backToStaging(): Promise<void> {
    await this.#tx.query('rollback to savepoint before_rows')
    this.#quarantined = 0
    this.#expired = 0
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
    await this.#refuseBadColumns(road, sql)
    await this.#refuseNul()
    await this.#refuseRows(refused)
    await this.#leaveOutExpired(road)
    this.#unchecked = await mayInsertUnchecked(this.#tx, this.#plan, road, this.#expected)
    // Before keys are suspended: readers of the table wait from there on.
    await this.#refuseOrphans(road, sql)
    const act = async (): Promise<void> => {
      await this.#replace(replaced)
      await this.#refuseRepeatedValues(road, sql)
      await this.#refuseOrphansOfBatch(road, sql)
      await insert(sql)
      await this.#checkDeferred()
    }
    if (this.#unchecked) await act()
    else
      await withForeignKeysSuspended(
        this.#tx,
        this.#plan,
        { rows: this.#expected, replaces: !Array.isArray(replaced) || replaced.length > 0 },
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

  async #refuseNul(): Promise<void> {
    if (!this.#hadNul) return
    const texts = this.#plan.columns.filter(({ column }) => column.type.kind === 'text' || column.type.kind === 'json')
    if (texts.length === 0) return
    const collected = await this.#collect(this.#sql.collectNul(texts.map(({ staged }) => staged)), [nulStandIn])
    if (collected > 0) await this.#quarantine(texts.map(({ name, column }) => valueRule('characters', name, column.type)))
  }

  async #refuseRows(refused: readonly RefusedRow[]): Promise<void> {
    if (refused.length === 0) return
    const rules = [...new Map(refused.map(({ rule }) => [rule.id, rule])).values()]
    const places = new Map(rules.map(({ id }, at) => [id, at + 1]))
    const numbers = refused.map(({ rule }) => places.get(rule.id) ?? 0)
    await this.#collect(collectLines, [refused.map(({ line }) => line), numbers])
    await this.#quarantine(rules)
  }

  async #refuseBadColumns({ judgement }: Road, sql: RoadStatements): Promise<void> {
    // A table made and dropped costs a load of few rows more than looking at them twice.
    if (this.#staged < this.#largeFrom && !(await this.#hasBad(sql))) return
    const bad = await this.#tx.execute(sql.collectBad)
    if (bad > 0) await this.#quarantine(judgement.rules)
  }

  async #hasBad({ hasBad }: RoadStatements): Promise<boolean> {
    if (hasBad === undefined) return false
    const [bad] = await this.#tx.query<{ found: boolean }>(hasBad)
    return bad?.found === true
  }

  /** Answers how many rows it has put into `sluice_bad`. */
  async #collect(statement: string, params?: readonly unknown[]): Promise<number> {
    await this.#tx.query(ensureBad)
    return await this.#tx.execute(statement, params)
  }

  /** Rows that a retention has deleted do not come back with a batch that is written again. */
  async #leaveOutExpired({ typed }: Road): Promise<void> {
    const { table, columns } = this.#plan
    const place = columns.findIndex(({ name }) => name === table.facts.order)
    if (table.facts.keep === undefined || place < 0) return
    this.#limit = await deletedBefore(this.#tx, this.#write.dataset)
    if (this.#limit === undefined) return
    this.#expired = await this.#tx.execute(this.#sql.removeExpired(typed[place] ?? 'null'), [this.#limit])
  }

  /** Values that may occur once: within the batch and, for unique indexes, against the table. An append meets its key when it inserts. */
  async #refuseRepeatedValues({ uniqueInBatch, key, uniques }: Road, sql: RoadStatements): Promise<void> {
    for (const set of uniqueInBatch) {
      await this.#analyze()
      await this.#refuseDuplicates(set, sql, set.rule)
    }
    const sets = !keepsFirst(this.#plan.mode) && key !== undefined ? [key, ...uniques] : uniques
    if (sets.length > 0) await this.#analyze()
    for (const set of sets) {
      const [duplicates] = await this.#tx.query<{ found: boolean }>(sql.hasDuplicates(set))
      if (duplicates?.found === true) await this.#refuseDuplicates(set, sql)
      if (set !== key) await this.#refuseExisting(set, sql)
    }
  }

  /** Rows that refer to another table's row that is not there. */
  async #refuseOrphans(road: Road, sql: RoadStatements): Promise<void> {
    const references = road.references.filter(({ parentStaged }) => parentStaged === undefined)
    if (references.length === 0) return
    const collected = await this.#collect(sql.collectOrphans(references))
    if (collected > 0) await this.#quarantine(references.map(({ columns }) => orphanRule(columns)))
  }

  /**
   * Rows that refer to a row of this table, which may be in the batch: each one refused may leave orphans behind, so this comes last and
   * repeats.
   */
  async #refuseOrphansOfBatch({ references }: Road, sql: RoadStatements): Promise<void> {
    for (const reference of references) {
      if (reference.parentStaged === undefined) continue
      await this.#analyze()
      while ((await this.#collect(sql.collectOrphansOfBatch(reference))) > 0) await this.#quarantine([orphanRule(reference.columns)])
    }
  }

  /** Rows that are still to be written. */
  get #expected(): number {
    return this.#staged - this.#quarantined - this.#expired
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
    const beaten = (await this.#mayBeBeaten()) ? await this.#tx.execute(superseded.keepBeaten, this.#inOrder) : 0
    await this.#tx.execute(superseded.keepUpdated, [this.#id, this.#write.dataset])
    this.#written = beaten + (await this.#tx.execute(sql.insertOnConflict, [this.#id]))
  }

  /** All that was seen counts as written, also what begins no version. */
  async #keepVersions(road: Road): Promise<void> {
    await this.#analyze()
    const { dataset } = this.#write
    const order = [this.#order.asOf, this.#order.turn]
    await writeVersions(this.#tx, road, { plan: this.#plan, dataset, id: this.#id, isWhole: this.#quarantined === 0, order })
    this.#written = this.#expected
  }

  /** The earliest row of a key stays in the table; the others stand aside, count as written, and come back when it goes. */
  async #addNew(road: Road, key: ColumnSet, sql: RoadStatements): Promise<void> {
    await this.#analyze()
    const expected = this.#expected
    const again = await this.#collect(sql.collectDuplicates(key))
    await this.#tx.execute(this.#sql.removeBad)
    await this.#tx.execute(this.#sql.forgetBad)
    let added = (await this.#insertAllNew(key, sql)) ?? (await this.#insertRows(sql.insertOnConflict))
    if (added < expected - again) {
      const superseded = supersededStatements(this.#plan, road, key)
      if ((await this.#mayBeBeaten()) && (await this.#tx.execute(superseded.standAside, this.#inOrder)) > 0)
        added += await this.#insertRows(sql.insertOnConflict)
      await this.#collect(sql.collectExisting(key), [this.#id])
      await this.#tx.execute(superseded.keepAside, [this.#id, this.#write.dataset])
      await this.#tx.execute(this.#sql.removeBad)
      await this.#tx.execute(this.#sql.forgetBad)
    }
    this.#aside = expected - added
    this.#written = expected
  }

  /** The earliest row of a key stays in the table; the others go to quarantine, and come back when it goes. */
  async #append(road: Road, sql: RoadStatements): Promise<void> {
    const { key } = road
    // The insert keeps the first of the input, which is the earliest only where no column says otherwise.
    if (key !== undefined && hasOrderColumn(this.#plan)) {
      await this.#analyze()
      await this.#refuseDuplicates(key, sql)
    }
    const expected = this.#expected
    this.#written = (await this.#insertAllNew(key, sql)) ?? (await this.#insertRows(sql.insertOnConflict))
    if (this.#written === expected || key === undefined) return
    await this.#analyze()
    await this.#refuseDuplicates(key, sql)
    const superseded = supersededStatements(this.#plan, road, key)
    const exists = existsRule(key.columns)
    if (await this.#mayBeBeaten()) {
      const moved = await this.#tx.execute(superseded.moveLater, [...this.#inOrder, exists.id, exists.columns.join(',')])
      if (moved > 0) this.#written += await this.#insertRows(sql.insertOnConflict)
    }
    await this.#refuseExisting(key, sql, superseded.keepRefused)
  }

  /** Whether a row of the table can come later in order than one of this load. */
  async #mayBeBeaten(): Promise<boolean> {
    if (hasOrderColumn(this.#plan)) return true
    const [later] = await this.#tx.query<{ found: boolean }>(laterLoads, this.#inOrder)
    return later?.found === true
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
    if (!keepsFirst(this.#plan.mode) || key === undefined || this.#staged < this.#largeFrom) return undefined
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
    return { written: this.#written, expired: this.#expired }
  }

  async finish({ rowsIn, mode, source, table }: LoadRequest, bytes: number): Promise<LoadReceipt> {
    if (this.#quarantined > 0) await refuseBrokenKey(this.#tx, this.#id, table)
    if (mode !== 'full' && mode !== 'partition' && mode !== 'scd2' && table.key.length > 0)
      await dropSupersededOnceADay(this.#tx, this.#plan, { id: this.#id, dataset: this.#write.dataset, asOf: this.#order.asOf })
    const counts = {
      rowsIn: (rowsIn ?? this.#staged) - this.#expired,
      rowsWritten: this.#written,
      rowsQuarantined: this.#quarantined,
      ...given({
        brokenRules: this.#quarantined === 0 ? undefined : await countBroken(this.#tx, this.#id),
        adjusted: await countAdjusted(this.#tx, this.#adjusted),
      }),
      bytes,
      ...given({ reason: this.#reason({ table, mode }) }),
    }
    if ((rowsIn ?? this.#staged) !== this.#staged || counts.rowsIn !== counts.rowsWritten + counts.rowsQuarantined) {
      await refuseInterference(this.#tx, table.name)
      throw bugErrors.unreachable(
        `rows do not add up in ${this.#write.dataset}: ${counts.rowsIn} in, ${this.#staged} staged, ${counts.rowsWritten} written, ${counts.rowsQuarantined} quarantined`,
        {
          facts: { ...counts, staged: this.#staged, batch: this.#write.batch },
          next: 'Nothing was written. Please report this with the facts.',
        },
      )
    }
    if (isQuery(source) && this.#staged > this.#expired && this.#written === 0) {
      throw await allBroken(this.#tx, { id: this.#id, write: this.#write, table, rows: this.#staged, messages: this.#messages })
    }
    return await writeReceipt(this.#tx, this.#write, { id: this.#id, order: this.#order, mode, counts })
  }

  #reason({ table, mode }: Pick<LoadRequest, 'table' | 'mode'>): string | undefined {
    if (this.#expired > 0) return leftOut(this.#expired, table, this.#limit ?? '')
    if (mode === 'partition' && this.#staged === 0) return 'nothing has changed in what it reads'
    return this.#aside === 0 ? undefined : `${this.#aside} of them stand aside: their keys are there already`
  }

  async #refuseDuplicates(set: ColumnSet, sql: RoadStatements, rule = uniqueRule(set.columns)): Promise<void> {
    const collected = await this.#collect(sql.collectDuplicates(set))
    if (collected > 0) await this.#quarantine([rule])
  }

  /** @param keep with $1 and $2: keeps the rows aside as well. */
  async #refuseExisting(set: ColumnSet, sql: RoadStatements, keep?: string): Promise<void> {
    const collected = await this.#collect(sql.collectExisting(set), [this.#id])
    if (collected > 0) await this.#quarantine([existsRule(set.columns)], keep)
  }

  /** Moves the collected rows from staging to the quarantine. */
  async #quarantine(rules: readonly Rule[], keep?: string): Promise<void> {
    const { dataset, batch, generation } = this.#write
    for (const { id, message } of rules) this.#messages.set(id, message)
    this.#quarantined += await this.#tx.execute(this.#sql.quarantineBad, [
      this.#id,
      dataset,
      batch,
      generation,
      rules.map(({ id }) => id),
      rules.map(({ columns }) => columns.join(',')),
      this.#plan.columns.map(({ name }) => name),
    ])
    if (keep !== undefined) await this.#tx.execute(keep, [this.#id, dataset])
    await this.#tx.execute(this.#sql.removeBad)
    await this.#tx.execute(this.#sql.forgetBad)
  }

  /** Autovacuum never sees a temporary table. For what groups staging or looks up its rows; a plain join is guessed well from the size. */
  async #analyze(): Promise<void> {
    if (this.#staged < this.#largeFrom || this.#analyzed) return
    this.#analyzed = true
    await this.#tx.query(this.#sql.analyzeStaging)
  }
}
