import { argument, checkArguments } from '../options/call.ts'
import { filledText } from '../options/form.ts'
import { deltaType } from './column-form.ts'
import * as duck from './duck-type.ts'
import * as schema from './schema.ts'
import * as widening from './widening.ts'

/**
 * The Delta type that holds every value of a DuckDB type. `undefined` when there is none, or when several would do and the caller must
 * choose.
 */
export function fromDuckType(type: string): schema.DeltaType | undefined {
  checkArguments('fromDuckType', [argument('type', filledText)], [type])
  return duck.fromDuckType(type)
}

/** The DuckDB type with which a column of this Delta type is read and written. */
export function toDuckType(type: schema.DeltaType): string {
  checkArguments('toDuckType', [argument('type', deltaType)], [type])
  return schema.toDuckType(type)
}

/** Whether a column may get the other type while its files stay as they are: `changeColumn(name, { type })`. */
export function isWidening(from: schema.DeltaType, to: schema.DeltaType): boolean {
  checkArguments('isWidening', [argument('from', deltaType), argument('to', deltaType)], [from, to])
  return widening.isWidening(from, to)
}
