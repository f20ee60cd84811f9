import type { LedgerEntry } from '@sluice/engine'
import { count, counted } from '../../format/words.ts'

/** What a pull wrote, a batch a line: a file, answers of an API, or a slice of a database. */
export function pulledBatch(source: string, entry: Batch): string {
  const { file, answers, reason, status } = entry
  const name = file?.path ?? source
  if (status === 'skipped') return `${name}: ${reason ?? 'nothing was written'}`
  if (file !== undefined && reason !== null) return `${name}: ${reason}, and its rows are taken away`
  if (answers === undefined) return [`${name}: ${rowsText(entry)}`, ...eventsOf(entry)].join('\n')
  const rows = answers.rows === undefined ? '' : `, ${counted(answers.rows, 'row')} in them`
  return `${name}: ${counted(entry.rowsIn, 'answer')}${rows}${idsText(answers.ids)}`
}

/** The sum of several batches. */
export function allBatches(entries: readonly Batch[]): string {
  const sum = (of: 'rowsIn' | 'rowsWritten' | 'rowsQuarantined'): number => entries.reduce((total, entry) => total + entry[of], 0)
  const rows = { rowsIn: sum('rowsIn'), rowsWritten: sum('rowsWritten'), rowsQuarantined: sum('rowsQuarantined') }
  return `${counted(entries.length, 'batch', 'batches')}: ${rowsText(rows)}`
}

/** How the rows that a pull has left out are looked at. `dataset` is a full id: `shop:lake.silver.orders`. */
export function quarantineOf(dataset: string): string {
  const [project = '', table = ''] = dataset.split(':lake.')
  return `What was left out: sluice lake sql ${project} "select file, row_number, rule, cells from ${table}__quarantine"`
}

type Rows = Pick<LedgerEntry, 'rowsIn' | 'rowsWritten' | 'rowsQuarantined'>
type Batch = Pick<LedgerEntry, 'file' | 'slice' | 'answers' | 'reason' | 'status' | 'rowsIn' | 'rowsWritten' | 'rowsQuarantined'>

const rowsText = ({ rowsIn, rowsWritten, rowsQuarantined }: Rows): string =>
  `${counted(rowsIn, 'row')} in, ${count(rowsWritten)} written, ${count(rowsQuarantined)} in quarantine`

/** Columns that the dataset does not have, and the like: told, since the policy of the source let them pass. */
function eventsOf({ file, slice }: Batch): readonly string[] {
  return [...(file?.drift ?? []), ...(slice?.drift ?? [])].map((each) => {
    const { event, column, from, policy } = each as Readonly<Record<string, string | undefined>>
    return `  drift: ${event} "${column}"${from === undefined ? '' : `, named "${from}"`} (${policy})`
  })
}

function idsText(ids: NonNullable<LedgerEntry['answers']>['ids']): string {
  if (ids === undefined) return ''
  const some = (of: readonly string[], all: number): string => (all > 5 ? `${of.slice(0, 5).join(', ')} ...` : of.join(', '))
  const failed =
    ids.failedCount === 0
      ? ''
      : `, ${count(ids.failedCount)} failed (${some(
          ids.failed.map(({ id }) => id),
          ids.failedCount,
        )})`
  const missing = ids.missingCount === 0 ? '' : `, ${count(ids.missingCount)} missing (${some(ids.missing, ids.missingCount)})`
  return `; of ${counted(ids.asked, 'id')} ${count(ids.fetched)} fetched${failed}${missing}`
}
