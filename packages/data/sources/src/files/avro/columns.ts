import { isUtf8 } from 'node:buffer'
import type { RowsColumn, RowsType } from '../isolated/rows/column.ts'
import type { AvroBytes } from './bytes.ts'
import { isPlain, jsonOf, plainText } from './json.ts'
import type { AvroType } from './schema.ts'

/** How the values of a type get into a column: of a type of its own where nothing is lost by it, else as text. */
export interface ColumnPlan {
  readonly type: RowsType
  /** Reads a value and puts it into the row; `null` leaves the row as it is. */
  put(bytes: AvroBytes, column: RowsColumn, row: number): void
}

export function planOf(type: AvroType): ColumnPlan {
  switch (type.kind) {
    case 'null':
      return { type: 'VARCHAR', put: () => undefined }
    case 'boolean':
      return { type: 'BOOLEAN', put: (bytes, column, row) => column.boolean(row, bytes.boolean()) }
    case 'int':
      return type.logical === undefined ? { type: 'INTEGER', put: (bytes, column, row) => column.number(row, bytes.int()) } : texts(type)
    case 'long':
      return type.logical === undefined ? longs : texts(type)
    case 'float':
      return { type: 'FLOAT', put: (bytes, column, row) => column.number(row, bytes.float()) }
    case 'double':
      return { type: 'DOUBLE', put: (bytes, column, row) => column.number(row, bytes.double()) }
    case 'string':
      return { type: 'VARCHAR', put: putText }
    case 'union':
      return unionOf(type.branches)
    default:
      return texts(type)
  }
}

const longs: ColumnPlan = {
  type: 'BIGINT',
  put(bytes, column, row) {
    const value = bytes.whole()
    if (value === undefined) column.bigint(row, bytes.long())
    else column.whole(row, value)
  },
}

function putText(bytes: AvroBytes, column: RowsColumn, row: number): void {
  const length = bytes.length()
  const start = bytes.skip(length)
  const end = start + length
  const { bytes: all } = bytes
  for (let at = start; at < end; at++)
    if ((all[at] ?? 0) >= 0x80) {
      if (!isUtf8(all.subarray(at, end))) throw new RangeError('a text is not UTF-8')
      break
    }
  column.utf8(row, all, start, end)
}

function texts(type: AvroType): ColumnPlan {
  if (isPlain(type)) return { type: 'VARCHAR', put: (bytes, column, row) => column.text(row, plainText(type, bytes)) }
  const json = jsonOf(type)
  return { type: 'VARCHAR', put: (bytes, column, row) => column.text(row, json(bytes, 0)) }
}

/** Of one type beside null it is that type. Of several, each value is its text, or its JSON where it is nested. */
function unionOf(branches: readonly AvroType[]): ColumnPlan {
  const others = branches.filter(({ kind }) => kind !== 'null')
  const [only] = others
  const plans = branches.map((branch): ColumnPlan => {
    if (others.length === 1 || branch.kind === 'null') return planOf(branch)
    if (branch.kind === 'boolean') return { type: 'VARCHAR', put: (bytes, column, row) => column.text(row, String(bytes.boolean())) }
    return texts(branch)
  })
  return {
    type: others.length === 1 && only !== undefined ? planOf(only).type : 'VARCHAR',
    put: (bytes, column, row) => plans[bytes.among(plans.length)]?.put(bytes, column, row),
  }
}
