/** What a DuckDB type is to a conversion. */
export type Family = 'text' | 'json' | 'integer' | 'decimal' | 'float' | 'boolean' | 'date' | 'instant' | 'nested' | 'other'

/** Those whose values may name a day or an instant. */
export type TimeFamily = Extract<Family, 'text' | 'json' | 'date' | 'instant'>
export const namesTime = (family: Family): family is TimeFamily => ['text', 'json', 'date', 'instant'].includes(family)

export function familyOf(source: string): Family {
  if (source === 'VARCHAR' || source.startsWith('ENUM(')) return 'text'
  if (source === 'JSON') return 'json'
  if (source in integerDigits) return 'integer'
  if (decimalType.test(source)) return 'decimal'
  if (source === 'DOUBLE' || source === 'FLOAT') return 'float'
  if (source === 'BOOLEAN') return 'boolean'
  if (source === 'DATE') return 'date'
  if (/^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/.test(source)) return 'instant'
  if (/^(STRUCT|MAP|UNION)\(/.test(source) || source.endsWith(']')) return 'nested'
  return 'other'
}

const decimalType = /^DECIMAL\((\d+),(\d+)\)$/

/** Digits in all and behind the point that a type can have; `undefined` for no exact number. */
export function sizeOf(source: string): readonly [number | undefined, number] {
  const decimal = decimalType.exec(source)
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
