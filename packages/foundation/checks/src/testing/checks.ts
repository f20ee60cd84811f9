import { type ColumnType, type RowCheck, within } from '@sluice/author'
import { unreachable } from '@sluice/core'
import { accepted, notNull } from './declared.ts'

/**
 * Checks of a column of the type: at the edges of what it holds, finer than it holds, beyond it, and such that nothing or everything
 * breaks.
 */
export function checksOf(type: ColumnType, column: string): readonly RowCheck[] {
  return [notNull(column), ...ofType(type, column), nothingAccepted(type, column)].flat()
}

/** As a plan read from elsewhere may have it: the constructors refuse it. */
const nothingAccepted = (type: ColumnType, column: string): readonly RowCheck[] =>
  type.kind === 'json'
    ? []
    : [
        { kind: 'accepted', column, values: [] },
        { kind: 'within', column, min: null, max: null },
      ]

function ofType(type: ColumnType, column: string): readonly RowCheck[] {
  switch (type.kind) {
    case 'text':
      return [
        within(column, { min: 'a' }),
        within(column, { max: 'ä' }),
        within(column, { min: '', max: '1' }),
        accepted(column, ['', "it's", '\\', 'ä', ' 7 ', '"quoted"', 'line\nbreak']),
      ]
    case 'integer':
    case 'bigint':
    case 'decimal':
      return [
        ...[
          '0',
          '-0',
          '0.005',
          '-0.005',
          '1e3',
          '99999999.99',
          '99999999.991',
          '2147483647',
          '2147483647.5',
          '9223372036854775807.5',
          '1e40',
          '-1e40',
        ].flatMap((bound) => [within(column, { min: bound }), within(column, { max: bound })]),
        within(column, { min: 0.001, max: '1.50' }),
        within(column, { min: 5, max: -5 }),
        accepted(column, type.kind === 'decimal' && type.precision === type.scale ? ['0', '0.5', '1e-3'] : ['0', '7', '1e3', '-1.0']),
      ]
    case 'double':
      return [
        ...['0', '-0.0', '0.1', '0.30000000000000004', '0.30000000000000003', '1.7976931348623157e308', '5e-324'].flatMap((bound) => [
          within(column, { min: bound }),
          within(column, { max: bound }),
        ]),
        accepted(column, ['0', '0.1', '1e3', '-1.5']),
      ]
    case 'boolean':
      return [
        within(column, { min: 'true' }),
        within(column, { max: 'false' }),
        accepted(column, ['yes']),
        accepted(column, ['true', 'off']),
      ]
    case 'date':
      return [
        within(column, { min: '0001-01-01', max: '9999-12-31' }),
        within(column, { min: '2024-02-29', max: '2026-01-05' }),
        within(column, { min: '2026-01-06' }),
        accepted(column, ['0001-01-01', '2026-01-05']),
      ]
    case 'timestamp':
      return [
        within(column, { min: '0001-01-01', max: '9999-12-31T23:59:59.999999Z' }),
        within(column, { min: '2026-01-05T10:20:30.123456Z' }),
        within(column, { min: '2026-01-05T10:20:30.1234561Z' }),
        within(column, { max: '2026-01-05T15:50:30.0000009+05:30' }),
        accepted(column, ['1970-01-01', '1969-12-31T23:59:59.999999Z', '2026-01-05 10:20:30 UTC']),
      ]
    case 'json':
      return []
    default:
      return unreachable(type)
  }
}
