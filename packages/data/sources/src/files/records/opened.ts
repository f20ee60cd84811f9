import { stat } from 'node:fs/promises'
import { escapeGlob, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { FileColumn } from '../reader.ts'
import type { WrittenRecords } from './output.ts'

/** The SELECTs of a file whose records were written by `openRecordOutput`. */
export interface RecordSelects {
  readonly columns: readonly FileColumn[]
  readonly rows: string
  readonly numbered: string
  readonly refused: string | undefined
}

/** A column: its name, and its key in the records. */
export interface WrittenColumn {
  readonly name: string
  readonly key: string
  /** SQL that makes its value of the text, where that is not what stands there. */
  readonly value?: (text: string) => string
}

/** The longest record decides how much DuckDB takes in at once; half of that is the least it can be given. */
const leastObject = 1 << 20

export async function recordSelects(written: WrittenRecords, columns: readonly WrittenColumn[], longest: number): Promise<RecordSelects> {
  const wire = [`r: 'BIGINT'`, ...columns.map(({ key }) => `${quoteLiteral(key)}: 'VARCHAR'`)]
  const source = await readJson(written.recordsPath, wire, longest)
  const values = columns.map(({ name, key, value }) => {
    const text = quoteIdentifier(key)
    return `${value === undefined ? text : value(text)} AS ${quoteIdentifier(name)}`
  })
  return {
    columns: columns.map(({ name }) => ({ name, type: 'VARCHAR' })),
    rows: `SELECT ${values.length === 0 ? 'NULL::VARCHAR AS nothing' : values.join(', ')} FROM ${source}`,
    numbered: `SELECT ${['r AS _row', ...values].join(', ')} FROM ${source}`,
    refused: await refusedSelect(written),
  }
}

/** The SELECT over the records that were refused. */
export async function refusedSelect({ refused, refusedPath }: WrittenRecords): Promise<string | undefined> {
  if (refused === 0) return undefined
  const wire = ["row_number: 'BIGINT'", "rule: 'VARCHAR'", "place: 'VARCHAR'", "cells: 'VARCHAR'"]
  return `SELECT row_number, rule, place, cells FROM ${await readJson(refusedPath, wire, longestRefused)}`
}

/** Each character of what is shown may be escaped twice. */
const longestRefused = 1 << 21

async function readJson(path: string, wire: readonly string[], longest: number): Promise<string> {
  const { size } = await stat(path)
  const object = Math.max(leastObject, Math.min(longest, size) + 1)
  return `read_json(${quoteLiteral(escapeGlob(path))}, format = 'newline_delimited', compression = 'uncompressed', maximum_object_size = ${object}, columns = {${wire.join(', ')}})`
}
