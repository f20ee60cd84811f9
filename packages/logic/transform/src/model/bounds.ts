import type { ColumnType } from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { duckdbType, quoteLiteral } from '@sluice/duckdb'

const decimalText = /^([+-]?)(\d*)(?:\.(\d*))?$/

/** A bound of a check as SQL in the column's type, exact: a decimal bound finer than the scale moves to the next value that the column can hold. */
export function boundSql(type: ColumnType, text: string, side: 'min' | 'max'): string {
  switch (type.kind) {
    case 'decimal':
      return scaledSql(text, type.precision, type.scale, side)
    case 'integer':
    case 'bigint':
      return scaledSql(text, 38, 0, side)
    case 'text':
    case 'json':
    case 'boolean':
    case 'date':
    case 'timestamp':
    case 'double':
      return literalSql(type, text)
    default:
      return type satisfies never
  }
}

/** A value of a check in the column's type. */
export const literalSql = (type: ColumnType, text: string): string => `CAST(${quoteLiteral(text)} AS ${duckdbType(type)})`

/** A bound beyond what the type holds is the furthest value that it does hold. */
function scaledSql(text: string, precision: number, scale: number, side: 'min' | 'max'): string {
  const value = scaledInteger(text, scale, side)
  const digits = value < 0n ? -value : value
  const limit = 10n ** BigInt(precision)
  const held = digits < limit ? value : value < 0n ? -limit + 1n : limit - 1n
  const padded = (held < 0n ? -held : held).toString().padStart(scale + 1, '0')
  const point = padded.length - scale
  const plain = `${held < 0n ? '-' : ''}${padded.slice(0, point)}${scale === 0 ? '' : `.${padded.slice(point)}`}`
  return `CAST(${quoteLiteral(plain)} AS DECIMAL(${precision},${scale}))`
}

/** The bound times 10^scale, rounded into the range it bounds: a minimum up, a maximum down. */
export function scaledInteger(text: string, scale: number, side: 'min' | 'max'): bigint {
  const match = decimalText.exec(text.trim())
  const [, sign = '', whole = '', fraction = ''] = match ?? []
  if (match === null || whole + fraction === '') {
    throw definitionErrors.invalid(`"${text}" is no bound of a number`, {
      facts: { bound: text },
      next: "Write the bound as a plain decimal, for example within('price', { min: '0.01' }).",
    })
  }
  const kept = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}` || '0')
  const rest = /[1-9]/.test(fraction.slice(scale))
  const negative = sign === '-'
  const outwards = rest && (side === 'min') !== negative ? 1n : 0n
  return negative ? -(kept + outwards) : kept + outwards
}
