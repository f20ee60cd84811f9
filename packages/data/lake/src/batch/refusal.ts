import { howToPutRight, whereToLook } from '@sluice/author'
import { type BatchWrite, qualityErrors, type SinkReceipt, type SluiceError } from '@sluice/core'
import type { LakeDataset } from '../dataset.ts'

/** How much of a batch may be in quarantine. A batch that has more of it is not written; its broken rows are in quarantine all the same. */
export interface AtMost {
  /** Of the rows that came in, from 0 to 1. */
  readonly share?: number
  readonly rows?: number
}

export type BrokenRule = Readonly<{ rule: string; rows: number }>

export interface JudgedBatch {
  readonly counts: Pick<SinkReceipt, 'rowsIn' | 'rowsQuarantined'>
  /** The heaviest first. */
  readonly rules: readonly BrokenRule[]
  /** What a rule says, by its id. */
  readonly messages: Readonly<Record<string, string>>
  readonly atMost: AtMost | undefined
}

/** Why a batch is not written: all of its rows broke a rule, or more of them than may. */
export function refusalOf(dataset: LakeDataset, write: BatchWrite, judged: JudgedBatch): SluiceError | undefined {
  const { counts, rules, messages, atMost } = judged
  const { rowsIn, rowsQuarantined } = counts
  const broke = tooMany(counts, atMost)
  if (broke === undefined) return undefined
  const most = rules[0]?.rule ?? ''
  const name = `${dataset.layer}.${dataset.name}${write.file === undefined ? '' : `, ${write.file.path}`}`
  return qualityErrors.failed(`${name}: ${broke}, most often ${most} (${messages[most] ?? most}); nothing was written`, {
    facts: { dataset: dataset.id, batch: write.batch, rows: rowsIn, rowsQuarantined, rules },
    next: `See them: ${whereToLook('lake', write)}. ${howToPutRight(write)} What the table held before is still there.`,
  })
}

/** That all rows of a batch broke a rule, or more of them than may, as a clause. */
export function tooMany(counts: JudgedBatch['counts'], atMost: AtMost | undefined): string | undefined {
  const { rowsIn, rowsQuarantined } = counts
  if (rowsQuarantined === 0) return undefined
  if (rowsIn === rowsQuarantined) return `all ${rowsIn} rows broke a rule`
  const limit = exceeded(counts, atMost)
  return limit === undefined ? undefined : `${rowsQuarantined} of ${rowsIn} rows broke a rule, ${limit}`
}

function exceeded({ rowsIn, rowsQuarantined }: JudgedBatch['counts'], { share, rows }: AtMost = {}): string | undefined {
  if (rows !== undefined && rowsQuarantined > rows) return `more than the ${rows} that may`
  if (share === undefined || rowsQuarantined <= share * rowsIn) return undefined
  return `more than the ${Number((share * 100).toPrecision(3))} % that may`
}
