import type { TableContext } from '../context.ts'
import { writeDataFiles } from '../files/data-files.ts'
import { statsOf } from '../files/stats.ts'
import type { AddFile, RemoveFile } from '../log/actions.ts'
import type { CompleteState } from '../log/replay.ts'
import { allRowsHave, canSkip, literalOf, type TableShape } from '../read/prune.ts'
import { scanOf } from '../read/snapshot.ts'
import { assign } from '../schema/assign.ts'
import { type StructType, toDuckType } from '../schema/schema.ts'
import { queryRows, quoteIdentifier } from '../sql.ts'
import type { WriteRequest } from './request.ts'

export interface Removal {
  readonly removed: readonly AddFile[]
  /** The rows that stay of files that are removed, in new files. */
  readonly rewritten: readonly AddFile[]
  readonly rows: number | undefined
}

/** Which files a write takes away, and the new files for those of their rows that stay. Reads nothing where statistics decide. */
export async function planRemoval(
  context: TableContext,
  base: CompleteState,
  shape: TableShape,
  schema: StructType,
  request: WriteRequest,
): Promise<Removal> {
  const files = [...base.files.values()]
  switch (request.kind) {
    case 'append':
      return { removed: [], rewritten: [], rows: 0 }
    case 'overwrite':
      return { removed: files, rewritten: [], rows: rowsOf(files) }
    case 'replaceBatch':
      return await replaceRows(context, base, shape, schema, request)
    default:
      return request satisfies never
  }
}

type ReplaceRequest = Extract<WriteRequest, { kind: 'replaceBatch' }>

async function replaceRows(
  context: TableContext,
  base: CompleteState,
  shape: TableShape,
  schema: StructType,
  { column, value }: ReplaceRequest,
): Promise<Removal> {
  const type = shape.schema.fields.find((f) => f.name === column)?.type ?? 'string'
  const condition = `${quoteIdentifier(column)} = ${literalOf(value, type)}`
  const whole: AddFile[] = []
  const partly: AddFile[] = []
  let partlyRemoved = 0
  for (const file of base.files.values()) {
    if (canSkip(file, [{ column, op: '=', value }], shape)) continue
    if (allRowsHave(file, column, value, shape)) {
      whole.push(file)
      continue
    }
    const scan = await scanOf([file], shape, context, { columns: [column] })
    const [counts] = await queryRows(
      context.connection,
      `SELECT count(*) FILTER (WHERE ${condition}) AS hit, count(*) AS total FROM (${scan})`,
    )
    const hit = Number(counts?.hit)
    if (hit === 0) continue
    if (hit === Number(counts?.total)) whole.push(file)
    else {
      partly.push(file)
      partlyRemoved += hit
    }
  }
  const wholeRows = rowsOf(whole)
  const rows = wholeRows === undefined ? undefined : wholeRows + partlyRemoved
  if (partly.length === 0) return { removed: whole, rewritten: [], rows }
  const scan = await scanOf(partly, shape, context, {})
  const columns = shape.schema.fields.map((f) => ({ name: f.name, type: toDuckType(f.type) }))
  const kept = await writeDataFiles(context.connection, context.store, {
    select: `SELECT * FROM (${scan}) WHERE (${condition}) IS NOT TRUE`,
    expressions: assign(schema, columns, false).expressions,
    schema,
    partitionColumns: shape.partitionColumns,
    properties: base.metadata.configuration,
    statsFor: column,
    nowMs: context.now(),
  })
  return { removed: [...whole, ...partly], rewritten: kept.files, rows }
}

function rowsOf(files: readonly AddFile[]): number | undefined {
  return files.reduce<number | undefined>((sum, file) => {
    const rows = statsOf(file).numRecords
    return sum === undefined || rows === undefined ? undefined : sum + rows
  }, 0)
}

/** What takes a file out of the table. */
export function removeOf(file: AddFile, nowMs: number): RemoveFile {
  return {
    path: file.path,
    deletionTimestamp: nowMs,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
    ...(file.deletionVector === undefined ? {} : { deletionVector: file.deletionVector }),
  }
}
