import type { ColumnType } from '@sluice/author'
import { unreachable } from '@sluice/core'
import { exactDecimal, exactInteger, isNumberText } from './decimal-text.ts'

/** How a column of the query becomes the declared type. */
export interface Cast {
  /** NULL when the value is NULL, and when it does not fit. */
  readonly value: string
  /** Of a value that did not become one: true when it is a number that the decimal does not hold exactly. */
  readonly inexact: string | undefined
}

type Family = 'text' | 'json' | 'integer' | 'decimal' | 'float' | 'boolean' | 'date' | 'instant' | 'nested' | 'other'

/**
 * The cast of an expression of a DuckDB type, strict: nothing is rounded, cut or overflowed in silence. `undefined` where there is no
 * meaning in the cast, which the model's author must then write in SQL.
 */
export function castOf(target: ColumnType, source: string, x: string): Cast | undefined {
  const from = familyOf(source)
  const asText = from === 'json' ? `(${x} ->> '$')` : from === 'text' ? x : `CAST(${x} AS VARCHAR)`
  switch (target.kind) {
    case 'text':
      return from === 'nested' || source === 'BLOB' ? undefined : plain(asText)
    case 'json':
      return plain(from === 'text' ? `CASE WHEN json_valid(${x}) THEN ${x} END` : `CAST(to_json(${x}) AS VARCHAR)`)
    case 'boolean':
      return plainOr(from, { boolean: x, text: `TRY_CAST(${asText} AS BOOLEAN)`, json: `TRY_CAST(${asText} AS BOOLEAN)` })
    case 'integer':
      return wholeCast(from, source, x, asText, 'INTEGER')
    case 'bigint':
      return wholeCast(from, source, x, asText, 'BIGINT')
    case 'double':
      return doubleCast(from, x, asText)
    case 'decimal':
      return decimalCast(from, source, x, asText, target)
    case 'date':
      return dateCast(from, x, asText)
    case 'timestamp':
      return instantCast(from, source, x, asText)
    default:
      return unreachable(target)
  }
}

const plain = (value: string): Cast => ({ value, inexact: undefined })

const plainOr = (from: Family, known: Partial<Record<Family, string>>): Cast | undefined => {
  const value = known[from]
  return value === undefined ? undefined : plain(value)
}

function wholeCast(from: Family, source: string, x: string, asText: string, type: 'INTEGER' | 'BIGINT'): Cast | undefined {
  const ofText = exactInteger(asText, type)
  return plainOr(from, {
    integer: source === type ? x : `TRY_CAST(${x} AS ${type})`,
    decimal: ofText,
    float: ofText,
    text: ofText,
    json: ofText,
  })
}

/** Text that overflows a double would become infinity. */
function doubleCast(from: Family, x: string, asText: string): Cast | undefined {
  const number = `TRY_CAST(${asText} AS DOUBLE)`
  const ofText = `CASE WHEN isinf(${number}) AND NOT regexp_full_match(lower(trim(${asText})), '[+-]?inf(inity)?') THEN NULL ELSE ${number} END`
  const cast = `CAST(${x} AS DOUBLE)`
  return plainOr(from, { integer: cast, decimal: cast, float: cast, text: ofText, json: ofText })
}

function decimalCast(
  from: Family,
  source: string,
  x: string,
  asText: string,
  { precision, scale }: { precision: number; scale: number },
): Cast | undefined {
  const [digits, places] = sizeOf(source)
  const holdsAll = digits !== undefined && places <= scale && digits - places <= precision - scale
  if (holdsAll) return { value: `CAST(${x} AS DECIMAL(${precision},${scale}))`, inexact: undefined }
  if (from !== 'text' && from !== 'json' && from !== 'integer' && from !== 'decimal' && from !== 'float') return undefined
  return { value: exactDecimal(asText, precision, scale), inexact: from === 'text' || from === 'json' ? isNumberText(asText) : 'true' }
}

/** Digits in all and behind the point that a type can have; `undefined` for no exact number. */
function sizeOf(source: string): readonly [number | undefined, number] {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(source)
  if (decimal !== null) return [Number(decimal[1]), Number(decimal[2])]
  return [integerDigits[source], 0]
}

const integerDigits: Readonly<Record<string, number>> = {
  TINYINT: 3,
  UTINYINT: 3,
  SMALLINT: 5,
  USMALLINT: 5,
  INTEGER: 10,
  UINTEGER: 10,
  BIGINT: 19,
  UBIGINT: 20,
  HUGEINT: 39,
  UHUGEINT: 39,
}

/** A day from an instant only when it is midnight UTC. */
function dateCast(from: Family, x: string, asText: string): Cast | undefined {
  const ofText = `CASE WHEN regexp_full_match(trim(${asText}), '\\d{4,6}-\\d{1,2}-\\d{1,2}') THEN TRY_CAST(trim(${asText}) AS DATE) END`
  return plainOr(from, {
    date: `CASE WHEN isfinite(${x}) THEN ${x} END`,
    instant: `CASE WHEN isfinite(${x}) AND CAST(CAST(${x} AS DATE) AS TIMESTAMP) = CAST(${x} AS TIMESTAMP) THEN CAST(${x} AS DATE) END`,
    text: ofText,
    json: ofText,
  })
}

/** Text without a zone is UTC, as everywhere; infinities have no place in the lake. */
function instantCast(from: Family, source: string, x: string, asText: string): Cast | undefined {
  const cast = `TRY_CAST(${asText} AS TIMESTAMPTZ)`
  const ofText = `CASE WHEN isfinite(${cast}) THEN ${cast} END`
  const own = source === 'TIMESTAMP WITH TIME ZONE' ? x : `CAST(${x} AS TIMESTAMPTZ)`
  const ofInstant = `CASE WHEN isfinite(${x}) THEN ${own} END`
  return plainOr(from, { instant: ofInstant, date: ofInstant, text: ofText, json: ofText })
}

function familyOf(source: string): Family {
  if (source === 'VARCHAR' || source.startsWith('ENUM(')) return 'text'
  if (source === 'JSON') return 'json'
  if (source in integerDigits) return 'integer'
  if (/^DECIMAL\(\d+,\d+\)$/.test(source)) return 'decimal'
  if (source === 'DOUBLE' || source === 'FLOAT') return 'float'
  if (source === 'BOOLEAN') return 'boolean'
  if (source === 'DATE') return 'date'
  if (/^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/.test(source)) return 'instant'
  if (/^(STRUCT|MAP|UNION)\(/.test(source) || source.endsWith(']')) return 'nested'
  return 'other'
}
