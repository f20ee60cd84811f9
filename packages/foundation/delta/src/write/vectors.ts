import type { TableContext } from '../context.ts'
import { readDeletionVector, writeDeletionVectors } from '../files/deletion-vector.ts'
import type { Positions } from '../files/roaring.ts'
import { parseKept } from '../json.ts'
import type { CompleteState } from '../log/replay.ts'
import { encodePath } from '../log/uri.ts'
import type { AddFile } from '../protocol/actions.ts'
import { isTrue } from '../protocol/properties.ts'
import { chunksOf } from '../sql.ts'
import { position, type RemovedRows, type Touched } from './removed-rows.ts'
import type { OwnFile } from './transaction.ts'

/** A file before and after some of its rows were marked as deleted. */
export interface MarkedFile {
  readonly before: AddFile
  readonly after: AddFile
}

/** May deletion vectors be written? PROTOCOL.md, Deletion Vectors, allows it only when the property is set. */
export function marksRows({ protocol, metadata }: CompleteState): boolean {
  return (
    isTrue(metadata.configuration['delta.enableDeletionVectors']) &&
    protocol.readerFeatures?.includes('deletionVectors') === true &&
    protocol.writerFeatures?.includes('deletionVectors') === true
  )
}

/** Marks the removed rows, together with those that earlier vectors mark. The data files do not change. */
export async function markRows(
  context: TableContext,
  removed: RemovedRows,
  touched: readonly Touched[],
): Promise<{ readonly marked: readonly MarkedFile[]; readonly own: readonly OwnFile[] }> {
  if (touched.length === 0) return { marked: [], own: [] }
  const rows = await rowNumbers(context, removed, touched)
  const wanted = await Promise.all(
    touched.map(async ({ index, file }) => ({ positions: union(rows.get(index), await earlier(context, file)) })),
  )
  const { vectors, own } = await writeDeletionVectors(context.store, wanted)
  const marked = touched.flatMap(({ file }, at): MarkedFile[] => {
    const deletionVector = vectors[at]
    if (deletionVector === undefined || file.stats === undefined) return []
    return [{ before: file, after: { ...file, dataChange: true, stats: withLooseBounds(file.stats), deletionVector } }]
  })
  return { marked, own: own.map((path) => ({ path: encodePath(path) })) }
}

async function rowNumbers(
  { connection }: TableContext,
  { rows }: RemovedRows,
  touched: readonly Touched[],
): Promise<ReadonlyMap<number, Positions>> {
  const wanted = new Map(touched.map((one) => [one.index, { positions: new Float64Array(one.rows), filled: 0 }]))
  const files = [...wanted.keys()].join(', ')
  // Row numbers stay far below 2^53, and DuckDB gives doubles as JavaScript numbers.
  const sql = `SELECT ${position.file}::DOUBLE, ${position.row}::DOUBLE FROM ${rows} WHERE ${position.file} IN (${files})`
  for await (const chunk of chunksOf(connection, sql)) {
    const [index, row] = [chunk.getColumnValues(0), chunk.getColumnValues(1)]
    for (let at = 0; at < chunk.rowCount; at++) {
      const list = wanted.get(Number(index[at]))
      if (list !== undefined) list.positions[list.filled++] = Number(row[at])
    }
  }
  return new Map([...wanted].map(([index, { positions }]) => [index, positions]))
}

async function earlier({ store }: TableContext, { deletionVector }: AddFile): Promise<Positions> {
  return deletionVector === undefined || deletionVector === null ? new Float64Array() : await readDeletionVector(store, deletionVector)
}

/** The union, ascending. A scan does not give rows that are already marked, so the two have no row in common. */
function union(fresh: Positions = new Float64Array(), marked: Positions): Positions {
  const all = new Float64Array(fresh.length + marked.length)
  all.set(fresh)
  all.set(marked, fresh.length)
  return all.sort()
}

/** PROTOCOL.md, Per-file Statistics: with marked rows the bounds may be wider than the remaining rows. Numbers keep their source text. */
function withLooseBounds(stats: string): string {
  return JSON.stringify({ ...(parseKept(stats) as object), tightBounds: false })
}
