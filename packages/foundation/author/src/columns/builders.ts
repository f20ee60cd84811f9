import type { Instant, Json } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import type { Known, None } from '../base/types.ts'
import type { Sql } from '../sql/parts.ts'
import type { Column, ColumnOptions, ColumnTrait, ColumnType, DecimalOptions } from './column.ts'
import { constantText, refuseOddColumn } from './refuse.ts'

interface TextOptions extends ColumnOptions {
  /** Characters at most. */
  readonly max?: number
  readonly oneOf?: readonly string[]
}

type TraitsOf<O> =
  | (O extends { readonly notNull: true } ? 'not null' : 'nullable')
  | (O extends { readonly generated: string | Sql } ? 'computed' : O extends { readonly default: string } ? 'default' : never)
  | (O extends { readonly personal: true } ? 'personal' : never) extends infer T extends ColumnTrait
  ? T
  : never
type TextType<O> = O extends { readonly max: infer Max extends number } ? `text(${Max})` : 'text'
type TextValue<O> = O extends { readonly oneOf: readonly (infer V extends string)[] } ? V : string

function column<Type extends string, Value, O>(type: ColumnType, given: unknown): Column<Type, TraitsOf<O>, Value> {
  refuseOddColumn(type, given ?? {})
  const options = (given ?? {}) as TextOptions & { readonly identity?: boolean }
  const { notNull = false, default: byDefault, generated, identity = false, oneOf, personal = false } = options
  return frozen({
    type,
    notNull,
    filled: identity || byDefault !== undefined || generated !== undefined,
    comment: options.comment,
    default: byDefault,
    generated: typeof generated === 'object' ? constantText(generated) : generated,
    identity,
    personal,
    oneOf,
    at: options.at,
    orNull: options.orNull ?? false,
  })
}

/** A text; `max` limits its length, `oneOf` its values. */
export const text = <const O extends TextOptions = None>(
  options?: Known<O, TextOptions> & TextOptions,
): Column<TextType<O>, TraitsOf<O>, TextValue<O>> => {
  const max = (options as TextOptions | undefined)?.max
  return column<TextType<O>, TextValue<O>, O>(max === undefined ? { kind: 'text' } : { kind: 'text', max }, options)
}
/** Columns of text by their names: the fields of bodies whose values come as text. */
export const texts = <const N extends string>(...names: readonly N[]): { readonly [K in N]: Column<'text', 'nullable', string> } =>
  frozen(Object.fromEntries(names.map((name) => [name, text()]))) as { readonly [K in N]: Column<'text', 'nullable', string> }

/** 32-bit. */
export const integer = <const O extends ColumnOptions = None>(options?: Known<O, ColumnOptions> & ColumnOptions) =>
  column<'integer', number, O>({ kind: 'integer' }, options)
/** 64-bit; values beyond 2^53 are read back as strings. */
export const bigint = <const O extends ColumnOptions = None>(options?: Known<O, ColumnOptions> & ColumnOptions) =>
  column<'bigint', number | string, O>({ kind: 'bigint' }, options)
/** Binary floating point: for measurements, never for money. */
export const double = <const O extends ColumnOptions = None>(options?: Known<O, ColumnOptions> & ColumnOptions) =>
  column<'double', number, O>({ kind: 'double' }, options)
/** True or false. */
export const boolean = <const O extends ColumnOptions = None>(options?: Known<O, ColumnOptions> & ColumnOptions) =>
  column<'boolean', boolean, O>({ kind: 'boolean' }, options)
/** A calendar day; read back as `YYYY-MM-DD`. */
export const date = <const O extends ColumnOptions = None>(options?: Known<O, ColumnOptions> & ColumnOptions) =>
  column<'date', string, O>({ kind: 'date' }, options)
/** An instant, UTC, to the microsecond in the stores; read back as epoch milliseconds. */
export const timestamp = <const O extends ColumnOptions = None>(options?: Known<O, ColumnOptions> & ColumnOptions) =>
  column<'timestamp', Instant, O>({ kind: 'timestamp' }, options)
/** JSON as a column. For bodies of JSON that become rows: `json(path, fields)`. */
export const jsonb = <const O extends ColumnOptions = None>(options?: Known<O, ColumnOptions> & ColumnOptions) =>
  column<'json', Json, O>({ kind: 'json' }, options)

/**
 * Exact; at most 38 digits, `scale` of them behind the point; read back as text. A value that does not fit exactly goes to quarantine,
 * unless the column says `round` or `orNull`.
 * @throws `definition.invalid` for digits that no store holds.
 */
export const decimal = <const P extends number, const S extends number, const O extends DecimalOptions = None>(
  precision: P,
  scale: S,
  options?: Known<O, DecimalOptions> & DecimalOptions,
): Column<`decimal(${P},${S})`, TraitsOf<O>, string> => {
  const whole = Number.isInteger(precision) && Number.isInteger(scale)
  if (!(whole && precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision)) {
    throw refused(
      `decimal(${precision}, ${scale})`,
      'no store holds it',
      'Give 1 to 38 digits, of which 0 to all stand behind the point: decimal(38, 18).',
    )
  }
  const round = (options as DecimalOptions | undefined)?.round === true ? { round: true as const } : {}
  return column<`decimal(${P},${S})`, string, O>({ kind: 'decimal', precision, scale, ...round }, options)
}

/** The warehouse's own running number of a row. */
export const identity = (options?: { readonly comment?: string }): Column<'bigint', 'not null' | 'computed', number | string> =>
  column<'bigint', number | string, { notNull: true; generated: string }>({ kind: 'bigint' }, { ...options, notNull: true, identity: true })
