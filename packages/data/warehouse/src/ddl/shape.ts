/** A table as the server describes it. Expressions are spelled by the server, so two shapes compare as text. */
export interface TableShape {
  /** `schema.name`. */
  readonly name: string
  readonly columns: readonly ColumnShape[]
  /** Primary key, in order. */
  readonly key: readonly string[]
  readonly indexes: readonly IndexShape[]
  readonly references: readonly ReferenceShape[]
  /** Check constraints, as the server spells them. */
  readonly checks: readonly string[]
  readonly comment: string | null
}

export interface ColumnShape {
  readonly name: string
  /** As `format_type` spells it. */
  readonly type: string
  readonly notNull: boolean
  readonly default: string | null
  readonly generated: string | null
  readonly identity: boolean
  readonly comment: string | null
}

/** An index over plain columns; those over expressions or with a predicate cannot be said as code and are left out. */
export interface IndexShape {
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
}

export interface ReferenceShape {
  readonly columns: readonly string[]
  /** `schema.name` of the table referred to. */
  readonly table: string
  readonly to: readonly string[]
}
