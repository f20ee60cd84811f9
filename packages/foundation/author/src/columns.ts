import { definitionErrors } from '@sluice/core'

/**
 * One column vocabulary for lake and warehouse. A column is plain frozen data; its phantom `value` carries the TypeScript
 * type of a row read back: numbers for integers up to 2^53, strings for decimals and larger integers, ISO text for dates,
 * epoch milliseconds for timestamps.
 */
export type ColumnType =
  | { readonly kind: 'text'; readonly max?: number }
  | { readonly kind: 'integer' }
  | { readonly kind: 'bigint' }
  | { readonly kind: 'double' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'json' }

export interface Column<Value = unknown, NotNull extends boolean = boolean, Filled extends boolean = boolean> {
  readonly type: ColumnType
  readonly notNull: NotNull
  readonly comment: string | undefined
  /** SQL of the default. Warehouse only. */
  readonly default: string | undefined
  /** SQL of a stored generated column over columns of the same row. Warehouse only. */
  readonly generated: string | undefined
  /** `generated always as identity`. Warehouse only. */
  readonly identity: boolean
  /** True when the database fills the column if a load leaves it out (default, generated, identity). */
  readonly filled: Filled
  readonly value?: Value
}

export type Columns = Readonly<Record<string, Column>>

export interface ColumnOptions {
  readonly notNull?: boolean
  readonly comment?: string
  readonly default?: string
  readonly generated?: string
}

type IsNotNull<O> = O extends { readonly notNull: true } ? true : false
type IsFilled<O> = O extends { readonly default: string } | { readonly generated: string } ? true : false

function column<Value, const O extends ColumnOptions>(
  type: ColumnType,
  options: O | undefined,
  identity = false,
): Column<Value, IsNotNull<O>, IsFilled<O>> {
  return Object.freeze({
    type: Object.freeze(type),
    notNull: (options?.notNull ?? false) as IsNotNull<O>,
    comment: options?.comment,
    default: options?.default,
    generated: options?.generated,
    identity,
    filled: (identity || options?.default !== undefined || options?.generated !== undefined) as IsFilled<O>,
  })
}

type None = Record<never, never>

export const text = <const O extends ColumnOptions & { readonly max?: number } = None>(options?: O) =>
  column<string, O>(options?.max === undefined ? { kind: 'text' } : { kind: 'text', max: options.max }, options)
/** 32-bit. */
export const integer = <const O extends ColumnOptions = None>(options?: O) => column<number, O>({ kind: 'integer' }, options)
/** 64-bit; values beyond 2^53 are read back as strings. */
export const bigint = <const O extends ColumnOptions = None>(options?: O) => column<number | string, O>({ kind: 'bigint' }, options)
/** Binary floating point: for measurements, never for money. */
export const double = <const O extends ColumnOptions = None>(options?: O) => column<number, O>({ kind: 'double' }, options)
export const boolean = <const O extends ColumnOptions = None>(options?: O) => column<boolean, O>({ kind: 'boolean' }, options)
export const date = <const O extends ColumnOptions = None>(options?: O) => column<string, O>({ kind: 'date' }, options)
/** An instant, UTC, to the microsecond in the stores. */
export const timestamp = <const O extends ColumnOptions = None>(options?: O) => column<number, O>({ kind: 'timestamp' }, options)
/**
 * Exact; at most 38 digits, `scale` of them behind the point. A value that does not fit exactly goes to quarantine.
 * @throws `definition.invalid` for digits that no store holds.
 */
export function decimal<const O extends ColumnOptions = None>(precision: number, scale: number, options?: O) {
  const fits =
    Number.isInteger(precision) && Number.isInteger(scale) && precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision
  if (!fits) {
    throw definitionErrors.invalid(`decimal(${precision}, ${scale}) cannot be stored`, {
      facts: { precision, scale },
      next: 'Give 1 to 38 digits, of which 0 to all stand behind the point: decimal(38, 18).',
    })
  }
  return column<string, O>({ kind: 'decimal', precision, scale }, options)
}
export const json = <const O extends ColumnOptions = None>(options?: O) => column<unknown, O>({ kind: 'json' }, options)
/** The warehouse's own running number of a row. */
export const identity = (options?: { readonly comment?: string }): Column<number | string, true, true> => ({
  ...column<number | string, { notNull: true; default: '' }>({ kind: 'bigint' }, undefined, true),
  notNull: true,
  comment: options?.comment,
})

/** The row type of a set of columns, as read back. */
export type RowOf<C extends Columns> = {
  readonly [K in keyof C]: C[K] extends Column<infer V, infer N> ? (N extends true ? V : V | null) : never
}
