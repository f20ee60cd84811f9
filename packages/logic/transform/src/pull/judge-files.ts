import { type AnyDataset, type FileSource, quarantineLimits } from '@sluice/author'
import { bugErrors, type FileFact, type Json, type SluiceError } from '@sluice/core'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import type { JudgedRows } from '@sluice/lake'
import type { Folder } from '@sluice/sources/folder'
import { judgeBatches } from '../rows/judge.ts'
import { planRows, type RowsPlan } from '../rows/plan.ts'
import type { DriftEvent } from './columns.ts'
import { whyLeft } from './file-end.ts'
import { gather, inTurn } from './gather.ts'
import { drifted, outputOf, type PulledFile, rowsOf } from './open-file.ts'
import { retypedIn } from './retyped.ts'

/** A file with the batch that it becomes. */
export interface FileOfBatch extends PulledFile {
  readonly batch: string
}

/** Rows of files, good and broken, the broken ones with the lines at which they stand. */
export interface JudgedFiles {
  readonly good: string
  readonly broken: string
  readonly messages: Readonly<Record<string, string>>
  readonly counts: ReadonlyMap<string, JudgedRows['counts']>
  /** By batch: what is known of a file once it was read. */
  readonly facts: ReadonlyMap<string, FileFact>
}

/** Files that were not what they had seemed, found while all were judged: the others are judged anew without them. */
export class NotAsExpected extends Error {
  /** Batch -> why its file is refused. */
  readonly refused: ReadonlyMap<string, SluiceError>
  /** Batch -> why its file is left: it has gone, or was written to meanwhile. */
  readonly left: ReadonlyMap<string, string>
  constructor(refused: ReadonlyMap<string, SluiceError>, left: ReadonlyMap<string, string>) {
    super('files are not as they were expected')
    this.refused = refused
    this.left = left
  }
}

export interface Judging {
  readonly into: AnyDataset
  readonly source: FileSource
  readonly folder: Folder
  readonly ofEqual: 'first' | 'last'
}

/** @param query the rows of the file and of those like it; its own unless given */
export function planFile(file: FileOfBatch, { into, ofEqual }: Judging, numbered: boolean, query?: string): RowsPlan {
  return planRows({
    into,
    query: query ?? rowsOf(file, into, file.batch, numbered),
    output: outputOf(file, into),
    ofEqual,
    batch: '_batch',
    ...(numbered ? { numbered: '_row' } : {}),
  })
}

/** SELECT of the rows of all files, which have the same columns. One alone is read as it streams. */
const gathered = async (connection: DuckConnection, files: readonly FileOfBatch[], into: AnyDataset): Promise<string | undefined> =>
  files.length === 1 ? undefined : await gather(connection, files, into)

const refusedTable = '_sluice_refused_records'

/** @throws `NotAsExpected` */
export async function judgeFiles(connection: DuckConnection, files: readonly FileOfBatch[], judging: Judging): Promise<JudgedFiles> {
  const [first] = files
  if (first === undefined)
    throw bugErrors.unreachable('There is not a file to judge', { next: 'Please report this with the log of the attempt.' })
  const plan = planFile(first, judging, true, await gathered(connection, files, judging.into))
  const counts = new Map(await judgeBatches(connection, plan, '_batch'))
  const refused = await refusedRecords(connection, files)
  for (const [batch, rows] of refused) {
    const { rowsIn = 0, rowsQuarantined = 0, ...more } = counts.get(batch) ?? {}
    counts.set(batch, { ...more, rowsIn: rowsIn + rows, rowsQuarantined: rowsQuarantined + rows })
  }
  const left = new Map<string, string>()
  for (const { batch, listed } of files) {
    const why = await whyLeft(listed, judging.folder)
    if (why !== undefined) left.set(batch, why)
  }
  const retyped = await retypedIn(connection, plan, judging.into, {
    broken: counts.values().some(({ rowsQuarantined }) => rowsQuarantined > 0),
    policy: judging.source.drift.retyped,
    batch: '_batch',
  })
  const against = judging.source.drift.retyped === 'refuse' ? [...retyped].filter(([batch]) => !left.has(batch)) : []
  if (left.size > 0 || against.length > 0) {
    const path = (batch: string): string => files.find((file) => file.batch === batch)?.listed.path ?? batch
    throw new NotAsExpected(new Map(against.map(([batch, events]) => [batch, drifted(path(batch), judging.source, events)])), left)
  }
  const recovered = new Map(await Promise.all(files.map(async ({ batch, open }) => [batch, await open.recovered()] as const)))
  return {
    good: plan.good,
    broken: `SELECT _batch AS batch, row_number, rule, place, cells FROM (${plan.broken})${
      refused.size === 0 ? '' : ` UNION ALL SELECT batch, row_number, rule, place, cells FROM ${refusedTable}`
    }`,
    messages: Object.assign({}, plan.messages, ...files.map(({ open }) => open.messages)),
    counts,
    facts: new Map(files.map((file) => [file.batch, factOf(file, recovered.get(file.batch) ?? {}, retyped.get(file.batch) ?? [])])),
  }
}

/** What a file is once it was read: records that were put right are part of what was found. */
export function factOf({ fact }: PulledFile, recovered: Readonly<Record<string, number>>, events: readonly DriftEvent[]): FileFact {
  const drift = [...(fact.drift ?? []), ...(events as unknown as readonly Json[])]
  return {
    ...fact,
    ...(Object.keys(recovered).length === 0 ? {} : { found: { ...fact.found, recovered } }),
    ...(drift.length === 0 ? {} : { drift }),
  }
}

/** Records that could not be read, of files whose others were read: how many, by batch. */
export async function refusedRecords(connection: DuckConnection, files: readonly FileOfBatch[]): Promise<ReadonlyMap<string, number>> {
  const selects = files.flatMap(({ batch, open }) =>
    open.refused === undefined ? [] : [`SELECT ${quoteLiteral(batch)} AS batch, row_number, rule, place, cells FROM (${open.refused})`],
  )
  if (selects.length === 0) return new Map()
  await inTurn(connection, refusedTable, selects)
  const rows = await connection.rows<{ batch: string; rows: number }>(`SELECT batch, count(*) AS rows FROM ${refusedTable} GROUP BY batch`)
  return new Map(rows.map((each) => [each.batch, each.rows]))
}

/** How large a share of a file may be in quarantine. */
export const atMostOf = ({ facts }: AnyDataset): number => facts.quarantine?.fail ?? quarantineLimits.fail
