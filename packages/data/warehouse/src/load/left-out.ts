import { type AnyDataset, brokenKey, howToPutRight, soundKeyOf } from '@sluice/author'
import type { Judgement } from '@sluice/checks'
import { type BatchWrite, qualityErrors, type SluiceError } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import type { LoadCounts } from './receipts.ts'
import { adjustedValues, brokenKeyRules, brokenRules } from './statements.ts'

interface RuleCount {
  readonly rule: string
  readonly rows: number
}

/** Values that were rounded or left empty, by rule. Of what is left in staging: the rows that were written. */
export async function countAdjusted(tx: Connection, adjusted: Judgement['adjusted']): Promise<LoadCounts['adjusted']> {
  if (adjusted.length === 0) return undefined
  const found = await tx.query<{ rule: string; values: number }>(adjustedValues(adjusted))
  return found.length === 0 ? undefined : Object.fromEntries(found.map(({ rule, values }) => [rule, values]))
}

/** Rows of a load in quarantine, by the rule that they break. */
export async function countBroken(tx: Connection, id: number): Promise<LoadCounts['brokenRules']> {
  const found = await tx.query<RuleCount>(brokenRules, [id])
  return Object.fromEntries(found.map(({ rule, rows }) => [rule, rows]))
}

/** @throws `quality.failed` where a row broke a rule of the key and none may: the transaction is taken back */
export async function refuseBrokenKey(tx: Connection, id: number, table: AnyDataset): Promise<void> {
  const key = soundKeyOf(table)
  if (key === undefined) return
  const rules = await tx.query<RuleCount>(brokenKeyRules, [id, key])
  if (rules.length > 0) throw brokenKey(table.name, rules)
}

interface AllBroken {
  readonly id: number
  readonly write: BatchWrite
  readonly table: AnyDataset
  readonly rows: number
  /** Of the rules, by their ids. */
  readonly messages: ReadonlyMap<string, string>
}

export async function allBroken(tx: Connection, { id, write, table, rows, messages }: AllBroken): Promise<SluiceError> {
  const rules = await tx.query<RuleCount>(brokenRules, [id])
  const most = rules[0]?.rule ?? ''
  return qualityErrors.failed(
    `${table.name}: all ${rows} rows broke a rule, most often ${most} (${messages.get(most) ?? most}); nothing was written`,
    {
      facts: { table: table.name, rows, rules },
      next: `${howToPutRight(write)} What the table held before is still there.`,
    },
  )
}

/** What a receipt says of rows that a retention would delete at once. */
export const leftOut = (rows: number, { facts }: AnyDataset, limit: string): string =>
  `left out ${rows} ${rows === 1 ? 'row' : 'rows'} with ${facts.order} before ${limit}, which ${rows === 1 ? 'is' : 'are'} kept no longer`
