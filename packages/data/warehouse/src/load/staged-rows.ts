import { existsRule, orphanRule, partitionRule, type Rule, uniqueRule, valueRule } from '@sluice/checks'
import type { BatchWrite } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { makePartitions, spansKeptAhead } from '../partitions/make-partitions.ts'
import { spanOf } from '../partitions/spans.ts'
import { nulStandIn } from './nul.ts'
import { type ColumnSet, keepsFirst, type LoadPlan, type Road } from './plan.ts'
import { deletedBefore } from './receipts.ts'
import type { RefusedRow } from './refused-rows.ts'
import type { Staged } from './staging.ts'
import { collectLines, ensureBad, type LoadStatements, loadStatements, type RoadStatements } from './statements.ts'

interface OfLoad {
  readonly write: BatchWrite
  readonly id: number
  readonly largeFrom: number
}

/** The rows of a load that wait to be written. Those that break a rule leave for the quarantine, those kept no longer are left out. */
export class StagedRows {
  readonly #tx: Connection
  #plan: LoadPlan
  #sql: LoadStatements
  readonly #write: BatchWrite
  readonly #id: number
  readonly #largeFrom: number
  /** All that came in. */
  count = 0
  quarantined = 0
  /** Kept no longer: left out, and no longer counted as having come in. */
  expired = 0
  /** Until when rows are kept no longer. */
  limit: string | undefined
  #analyzed = false
  /** Texts had NUL characters, of which stand-ins are left. */
  hadNul: boolean = false
  /** Of the rules that sent rows to the quarantine, by their ids. */
  readonly messages = new Map<string, string>()

  constructor(tx: Connection, plan: LoadPlan, { write, id, largeFrom }: OfLoad) {
    this.#tx = tx
    this.#plan = plan
    this.#sql = loadStatements(plan)
    this.#write = write
    this.#id = id
    this.#largeFrom = largeFrom
  }

  take({ plan, rows, hadNul }: Staged): void {
    this.#plan = plan
    this.#sql = loadStatements(plan)
    this.count = rows
    this.hadNul = hadNul
  }

  /** What was done is undone: all rows are here again. */
  noneLeftOut(): void {
    this.quarantined = 0
    this.expired = 0
  }

  async refuseBadColumns({ judgement }: Road, sql: RoadStatements): Promise<void> {
    // A table made and dropped costs a load of few rows more than looking at them twice.
    if (this.count < this.#largeFrom && !(await this.#hasBad(sql))) return
    const bad = await this.#tx.execute(sql.collectBad)
    if (bad > 0) await this.#quarantine(judgement.rules)
  }

  async #hasBad({ hasBad }: RoadStatements): Promise<boolean> {
    if (hasBad === undefined) return false
    const [bad] = await this.#tx.query<{ found: boolean }>(hasBad)
    return bad?.found === true
  }

  async refuseNul(): Promise<void> {
    if (!this.hadNul) return
    const texts = this.#plan.columns.filter(({ column }) => column.type.kind === 'text' || column.type.kind === 'json')
    if (texts.length === 0) return
    const collected = await this.collect(this.#sql.collectNul(texts.map(({ staged }) => staged)), [nulStandIn])
    if (collected > 0) await this.#quarantine(texts.map(({ name, column }) => valueRule('characters', name, column.type)))
  }

  async refuseRows(refused: readonly RefusedRow[]): Promise<void> {
    if (refused.length === 0) return
    const rules = [...new Map(refused.map(({ rule }) => [rule.id, rule])).values()]
    const places = new Map(rules.map(({ id }, at) => [id, at + 1]))
    const numbers = refused.map(({ rule }) => places.get(rule.id) ?? 0)
    await this.collect(collectLines, [refused.map(({ line }) => line), numbers])
    await this.#quarantine(rules)
  }

  /** Rows that a retention has deleted do not come back with a batch that is written again. */
  async leaveOutExpired({ typed }: Road): Promise<void> {
    const { table, columns } = this.#plan
    const place = columns.findIndex(({ name }) => name === table.facts.order)
    if (table.facts.keep === undefined || place < 0) return
    this.limit = await deletedBefore(this.#tx, this.#write.dataset)
    if (this.limit === undefined || this.#isFirstInPartitions) return
    this.expired = await this.#tx.execute(this.#sql.removeExpired(typed[place] ?? 'null'), [this.limit])
  }

  /** What comes late into a partition that is gone is told row by row; what is written again after it went is left out, as elsewhere. */
  get #isFirstInPartitions(): boolean {
    const { ranges, order } = this.#plan.table.facts
    return ranges !== undefined && ranges.column === order && this.#write.generation === 0
  }

  /** Makes the partitions of the rows, once those that are too late for theirs are gone; the days that they begin with. */
  async makePartitions({ typed }: Road, asOf: number): Promise<readonly string[]> {
    const { table, columns } = this.#plan
    const { ranges } = table.facts
    if (ranges === undefined) return []
    const place = columns.findIndex(({ name }) => name === ranges.column)
    const value = typed[place]
    const kept = this.limit === undefined ? Number.NEGATIVE_INFINITY : Date.parse(this.limit)
    const spans = spansKeptAhead(table, asOf).filter(({ to }) => to > kept)
    if (value === undefined) return await makePartitions(this.#tx, table, [...spans, ...spansKeptAhead(table, Date.now())])
    if (this.limit !== undefined && this.#isFirstInPartitions) {
      const collected = await this.collect(this.#sql.collectExpired(value), [this.limit])
      if (collected > 0) await this.#quarantine([partitionRule(ranges.column)])
    }
    const found = await this.#tx.query<{ at: number }>(this.#sql.beginningsOf(value, ranges.by))
    return await makePartitions(this.#tx, table, [...spans, ...found.map(({ at }) => spanOf(ranges.by, at))])
  }

  /** Values that may occur once: within the batch and, for unique indexes, against the table. An append meets its key when it inserts. */
  async refuseRepeatedValues({ uniqueInBatch, key, uniques }: Road, sql: RoadStatements): Promise<void> {
    for (const set of uniqueInBatch) {
      await this.analyze()
      await this.refuseDuplicates(set, sql, set.rule)
    }
    const sets = !keepsFirst(this.#plan.mode) && key !== undefined ? [key, ...uniques] : uniques
    if (sets.length > 0) await this.analyze()
    for (const set of sets) {
      const [duplicates] = await this.#tx.query<{ found: boolean }>(sql.hasDuplicates(set))
      if (duplicates?.found === true) await this.refuseDuplicates(set, sql)
      if (set !== key) await this.refuseExisting(set, sql)
    }
  }

  /** Rows that refer to another table's row that is not there. */
  async refuseOrphans(road: Road, sql: RoadStatements): Promise<void> {
    const references = road.references.filter(({ parentStaged }) => parentStaged === undefined)
    if (references.length === 0) return
    const collected = await this.collect(sql.collectOrphans(references))
    if (collected > 0) await this.#quarantine(references.map(({ columns }) => orphanRule(columns)))
  }

  /**
   * Rows that refer to a row of this table, which may be in the batch: each one refused may leave orphans behind, so this comes last and
   * repeats.
   */
  async refuseOrphansOfBatch({ references }: Road, sql: RoadStatements): Promise<void> {
    for (const reference of references) {
      if (reference.parentStaged === undefined) continue
      await this.analyze()
      while ((await this.collect(sql.collectOrphansOfBatch(reference))) > 0) await this.#quarantine([orphanRule(reference.columns)])
    }
  }

  async refuseDuplicates(set: ColumnSet, sql: RoadStatements, rule = uniqueRule(set.columns)): Promise<void> {
    const collected = await this.collect(sql.collectDuplicates(set))
    if (collected > 0) await this.#quarantine([rule])
  }

  /** @param keep with $1 and $2: keeps the rows aside as well. */
  async refuseExisting(set: ColumnSet, sql: RoadStatements, keep?: string): Promise<void> {
    const collected = await this.collect(sql.collectExisting(set), [this.#id])
    if (collected > 0) await this.#quarantine([existsRule(set.columns)], keep)
  }

  /** Answers how many rows it has put into `sluice_bad`. */
  async collect(statement: string, params?: readonly unknown[]): Promise<number> {
    await this.#tx.query(ensureBad)
    return await this.#tx.execute(statement, params)
  }

  /** Moves the collected rows from staging to the quarantine. */
  async #quarantine(rules: readonly Rule[], keep?: string): Promise<void> {
    const { dataset, batch, generation } = this.#write
    for (const { id, message } of rules) this.messages.set(id, message)
    this.quarantined += await this.#tx.execute(this.#sql.quarantineBad, [
      this.#id,
      dataset,
      batch,
      generation,
      rules.map(({ id }) => id),
      rules.map(({ columns }) => columns.join(',')),
      this.#plan.columns.map(({ name }) => name),
    ])
    if (keep !== undefined) await this.#tx.execute(keep, [this.#id, dataset])
    await this.removeCollected()
  }

  /** Autovacuum never sees a temporary table. For what groups staging or looks up its rows; a plain join is guessed well from the size. */
  async analyze(): Promise<void> {
    if (this.count < this.#largeFrom || this.#analyzed) return
    this.#analyzed = true
    await this.#tx.query(this.#sql.analyzeStaging)
  }

  /** Rows that are still to be written. */
  get expected(): number {
    return this.count - this.quarantined - this.expired
  }

  /** Takes the rows that were collected out of staging, and forgets them. */
  async removeCollected(): Promise<void> {
    await this.#tx.execute(this.#sql.removeBad)
    await this.#tx.execute(this.#sql.forgetBad)
  }
}
