import type { DuckConnection } from '@sluice/duckdb'
import { tooMany } from '@sluice/lake'
import { fileErrors } from '@sluice/sources'
import { type DriftEvent, inWords } from './columns.ts'
import { atMostOf, judgeFiles } from './judge-files.ts'
import { lookAsPull, type PullLookedAt } from './look.ts'
import { namesInTable } from './names-in-table.ts'
import { drifted, openMapped, type PulledFile, refusalOfColumns, withAdded } from './open-file.ts'
import { brokenIn, inShort, keyFault, type PreviewedRows } from './previewed.ts'
import { isWaiting } from './run.ts'
import { inWorkFolder } from './work-folder.ts'

/** A file as a pull would write it. */
export interface PreviewedFile extends PreviewedRows {
  readonly file: string
}

/**
 * Reads the file that is asked for, or the first that a pull would read, and judges all of its rows as the pull would.
 * @throws `file.*` for a file that cannot be read, and where none is new and none is asked for
 */
export async function previewPull(looking: PullLookedAt, limit: number): Promise<PreviewedFile> {
  return await inWorkFolder(async (workFolder) => {
    const { pull, folder, lake } = looking
    const [asked] = looking.again ?? []
    const { take, counts, waiting } = await lookAsPull(looking, workFolder)
    const first = take.find(({ listed }) => asked === undefined || listed.path === asked)
    if (first === undefined && counts.found === 0 && waiting.length === 0) {
      throw fileErrors.missing(`no file of ${pull.from.name} is in ${folder.name}: none matches ${pull.from.pattern}`, {
        facts: { source: pull.from.name, folder: folder.name, pattern: pull.from.pattern },
        next: 'Put a file there, or correct folder and pattern of the source.',
      })
    }
    const [waits] = waiting
    if (first === undefined && waits !== undefined) throw isWaiting(pull.from, waits.path, 'Look at it again once it is ready')
    if (first === undefined) {
      throw fileErrors.missing(`nothing of ${pull.from.name} is new in ${folder.name}`, {
        facts: { source: pull.from.name, folder: folder.name },
        next: 'Name a file that was read before: --file <its path below the folder of the source>.',
      })
    }
    const connection = await lake.connect()
    try {
      const added = await namesInTable({ lake, pull })
      const file = await openMapped(first.listed, { connection, pull, folder, workFolder, cleared: 0, added })
      await using _open = file.open
      return await previewed(connection, file, looking, limit)
    } finally {
      connection.close()
    }
  })
}

async function previewed(
  connection: DuckConnection,
  file: PulledFile,
  { pull, folder }: PullLookedAt,
  limit: number,
): Promise<PreviewedFile> {
  const { from: source } = pull
  const into = withAdded(pull.into, file.map.added.keys())
  const columns = Object.fromEntries(
    Object.keys(into.columns).map((name) => [name, file.map.from.get(name) ?? file.map.added.get(name) ?? null]),
  )
  const told = { file: file.listed.path, detected: file.fact.found ?? {}, columns, drift: file.map.drift.map(inWords) }
  const fault = refusalOfColumns(file, source)
  const misfit = file.map.fault !== undefined || file.map.drift.some((event) => event.event === 'retyped')
  if (misfit) return { ...told, refused: inShort(fault), rowsIn: 0, rowsWritten: 0, rowsQuarantined: 0, rows: [], quarantine: [] }
  // What the values say of their columns is told, and refused below: the judge would stop at it.
  const lenient = { ...source, drift: { ...source.drift, retyped: 'ignore' as const } }
  const ofEqual = pull.into.key.length > 0 ? ('last' as const) : ('first' as const)
  const judged = await judgeFiles(connection, [{ ...file, batch }], { into, source: lenient, folder, ofEqual })
  const { rowsIn = 0, rowsQuarantined = 0 } = judged.counts.get(batch) ?? {}
  const drift = (judged.facts.get(batch)?.drift ?? []) as unknown as readonly DriftEvent[]
  const retyped = source.drift.retyped === 'refuse' ? drift.filter(({ event }) => event === 'retyped') : []
  const refused =
    fault ??
    (retyped.length > 0 ? drifted(file.listed.path, source, retyped) : undefined) ??
    (await keyFault(connection, judged, pull.into)) ??
    tooMany({ rowsIn, rowsQuarantined }, { share: atMostOf(pull.into) })
  return {
    ...told,
    detected: judged.facts.get(batch)?.found ?? told.detected,
    drift: drift.map(inWords),
    refused: inShort(refused),
    rowsIn,
    rowsWritten: rowsIn - rowsQuarantined,
    rowsQuarantined,
    rows: await connection.rows(`SELECT * EXCLUDE (_batch) FROM (${judged.good}) LIMIT ${limit}`),
    quarantine: await brokenIn(connection, judged, limit),
  }
}

/** Of the one file. Nothing of it is written under this name. */
const batch = 'preview'
