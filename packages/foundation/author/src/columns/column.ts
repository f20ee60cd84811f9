import type { Sql } from '../sql/parts.ts'

/** One vocabulary of types for lake and warehouse. DuckDB, Delta and PostgreSQL spell them in their own packages. */
export type ColumnType =
  | { readonly kind: 'text'; readonly max?: number }
  | { readonly kind: 'integer' }
  | { readonly kind: 'bigint' }
  | { readonly kind: 'double' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }
  | {
      readonly kind: 'decimal'
      readonly precision: number
      readonly scale: number
      /** Digits behind the scale are rounded half-even, and counted, instead of sending the row to quarantine. */
      readonly round?: true
    }
  | { readonly kind: 'json' }

/** As a project writes it: `decimal(38, 18)`, `text(100)`. */
export function typeText(type: ColumnType): string {
  if (type.kind === 'decimal') return `decimal(${type.precision}, ${type.scale})`
  return type.kind === 'text' && type.max !== undefined ? `text(${type.max})` : type.kind
}

/**
 * What is true of a column. `default`: the database fills it when a load leaves it out. `computed`: only the database fills it.
 * `personal`: it says something about a person.
 */
export type ColumnTrait = 'nullable' | 'not null' | 'default' | 'computed' | 'personal'

declare const spelled: unique symbol
declare const traits: unique symbol
declare const value: unique symbol

/** One column of a dataset, in lake and warehouse alike. Shown as `Column<"decimal(38,18)", "not null", string>`. */
export interface Column<Type extends string = string, Traits extends ColumnTrait = ColumnTrait, Value = unknown> {
  readonly type: ColumnType
  readonly notNull: boolean
  /** True when the database fills the column if a load leaves it out: default, generated, identity. */
  readonly filled: boolean
  readonly comment: string | undefined
  readonly default: string | undefined
  readonly generated: string | undefined
  readonly identity: boolean
  readonly personal: boolean
  /** The only values there may be: a check of each row, and a constraint in the database. */
  readonly oneOf: readonly string[] | undefined
  readonly at: string | undefined
  /** A value that the type cannot hold is null, and counted, instead of sending the row to quarantine. */
  readonly orNull: boolean
  readonly [spelled]?: Type
  readonly [traits]?: Traits
  readonly [value]?: Value
}
/** The columns of a dataset, by name. */
export type Columns = Readonly<Record<string, Column>>

export interface ColumnOptions {
  readonly notNull?: boolean
  readonly comment?: string
  /** SQL of the default. Warehouse only. */
  readonly default?: string
  /** SQL of a stored generated column over columns of the same row; a longer one from a file, `sqlFile(...)()`. Warehouse only. */
  readonly generated?: string | Sql
  /** It says something about a person: readers get a `Personal` value, and only a personal column takes it. */
  readonly personal?: true
  /** Where the value lies in a JSON body, from the element; the column's own name unless given. Bodies only. */
  readonly at?: `$.${string}`
  /**
   * The row can do without the value: one that the type cannot hold becomes null, and the receipt counts it under the rule that it broke.
   * Not of a column that is `notNull`, nor of fields of bodies.
   */
  readonly orNull?: true
}

export interface DecimalOptions extends ColumnOptions {
  /**
   * A value with more digits behind the point than the scale is rounded half-even, and the receipt counts it: for what comes from floating
   * point anyway. Without, such a row goes to quarantine. Not of fields of bodies.
   */
  readonly round?: true
}

/** Column type as text, of a column by its name: `text(100)`. */
export type TypeIn<C, N> = N extends keyof C ? (C[N] extends { readonly [spelled]?: infer T extends string } ? T : never) : never
export type TraitsIn<C, N> = N extends keyof C ? (C[N] extends { readonly [traits]?: infer T extends ColumnTrait } ? T : never) : never

/** `text(100)` and `text(20)` are one kind; so are decimals. Overlong and inexact values are the quarantine's business. */
export type Kind<T> = T extends `text${string}` ? 'text' : T extends `decimal${string}` ? 'decimal' : T

/** Whether values of one type can be stored as another as they are. */
export type Fits<From, Into> = [Kind<From>] extends [Kind<Into>]
  ? true
  : [Kind<From>, Kind<Into>] extends
        | ['integer', 'bigint' | 'decimal' | 'double']
        | ['bigint', 'decimal']
        | ['date', 'timestamp']
        | ['json', 'text']
    ? true
    : false
