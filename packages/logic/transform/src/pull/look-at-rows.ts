import type { DatabaseConnection, SqlSource } from '@sluice/author'
import { isSluiceError, type SluiceError } from '@sluice/core'
import { interruptible } from '@sluice/duckdb'
import { type Lake, tooMany } from '@sluice/lake'
import { judge } from '../rows/judge.ts'
import { inWords } from './columns.ts'
import { copyRows } from './copy-rows.ts'
import { atMostOf } from './judge-files.ts'
import { type PulledRows, refusedDrift } from './map-rows.ts'
import { brokenIn, inShort, keyFault, type PreviewedAsk } from './previewed.ts'
import { retypedIn } from './retyped.ts'
import { refuseRowsOfOthers } from './rows-of-others.ts'
import { sliceFrom } from './slice.ts'
import { inWorkFolder } from './work-folder.ts'

/** A pull of a database that is only looked at. */
export interface RowsLookedAt {
  readonly pull: PulledRows
  readonly database: DatabaseConnection
  readonly lake: Lake
  readonly signal?: AbortSignal | undefined
}

/** Somebody waits for a look. */
const longestMs = 30_000

/** The first rows that a pull would read now, judged as the pull would. */
export async function previewRows({ pull, database, lake, signal }: RowsLookedAt, limit: number): Promise<PreviewedAsk> {
  const { from, into } = pull
  return await inWorkFolder(async (workFolder) => {
    const receipts = await lake.receipts(into.name)
    const slice = from.mode === 'full' ? { seen: null } : sliceFrom(receipts, { source: from.name, batch: '' })
    const asking = { pull: { ...pull, from: impatient(from) }, database, lake, receipts, ...slice, most: limit, workFolder, signal }
    const read = await copyRows(asking)
    const { map } = read
    const told = {
      ...{ detected: {}, asked: 'table' in from.of ? from.of.table : from.of.query, drift: map.drift.map(inWords), told: [] },
      columns: Object.fromEntries([
        ...Object.keys(into.columns).map((name) => [name, map.from.get(name) ?? null] as const),
        ...[...map.added].map(([name, of]) => [name, of] as const),
      ]),
    }
    const none = { rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0, rows: [], quarantine: [] }
    if ('fault' in read) return { ...told, ...none, since: slice.seen, more: false, refused: inShort(read.fault) }
    const { copied, plan } = read
    const connection = await lake.connect()
    try {
      return await interruptible(connection, signal, async () => {
        const judged = await judge(connection, plan)
        const { rowsIn, rowsQuarantined } = judged.counts
        const of = { broken: rowsQuarantined > 0, policy: from.drift.retyped }
        const retyped = [...(await retypedIn(connection, plan, into, of)).values()].flat()
        const refused =
          (from.mode === 'full' ? faultOf(() => refuseRowsOfOthers(receipts, { source: from.name, dataset: into.id })) : undefined) ??
          refusedDrift(from, retyped) ??
          (await keyFault(connection, judged, into)) ??
          tooMany({ rowsIn, rowsQuarantined }, { share: atMostOf(into) })
        return {
          ...told,
          since: copied.since,
          more: copied.count >= limit,
          drift: [...told.drift, ...retyped.map(inWords)],
          refused: inShort(refused),
          rowsIn,
          rowsWritten: rowsIn - rowsQuarantined,
          rowsQuarantined,
          rows: await connection.rows(`SELECT * FROM (${judged.good}) LIMIT ${limit}`),
          quarantine: await brokenIn(connection, judged, limit),
        }
      })
    } finally {
      connection.close()
    }
  })
}

const impatient = (from: SqlSource): SqlSource => ({
  ...from,
  limits: { statementMs: Math.min(from.limits.statementMs, longestMs), lockMs: Math.min(from.limits.lockMs, longestMs) },
})

function faultOf(refuse: () => void): SluiceError | undefined {
  try {
    refuse()
    return undefined
  } catch (thrown) {
    if (isSluiceError(thrown)) return thrown
    throw thrown
  }
}
