import { quoteIdentifier } from '@sluice/postgres'
import type { PostgresColumn } from './columns.ts'

/**
 * A column in a spelling that the judge of rows takes without loss: instants in UTC, intervals as ISO 8601 has them (the session sees to
 * both), binary as base64, arrays and rows as JSON, money as its number. What is left is as the database prints it.
 */
export function spelled({ name, base, kind }: Pick<PostgresColumn, 'name' | 'base' | 'kind'>): string {
  const column = quoteIdentifier(name)
  if (kind === 'nested') return `pg_catalog.to_json(${column})::pg_catalog.text`
  switch (base) {
    case 'bool':
      return `${column}::pg_catalog.text`
    case 'money':
      return `${column}::pg_catalog.numeric`
    case 'bytea':
      // The lines of RFC 2045, which are 76 characters long, mean nothing here.
      return `pg_catalog.replace(pg_catalog.encode(${column}, 'base64'), pg_catalog.chr(10), '')`
    default:
      return column
  }
}

/** Types whose texts need no look for escaped characters. */
const plainTexts = [
  'bool',
  'int2',
  'int4',
  'int8',
  'oid',
  'numeric',
  'money',
  'float4',
  'float8',
  'date',
  'timestamp',
  'timestamptz',
  'uuid',
]

export const mayBeEscaped = ({ base, kind }: Pick<PostgresColumn, 'base' | 'kind'>): boolean =>
  kind === 'nested' || !plainTexts.includes(base)
