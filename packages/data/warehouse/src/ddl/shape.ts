/** A table as the server describes it. Expressions are spelled by the server, so two shapes compare as text. */
export interface TableShape {
  /** `schema.name`. */
  readonly name: string
  readonly columns: readonly ColumnShape[]
  /** Primary key, in order. */
  readonly key: readonly string[]
  readonly keyName: string | null
  readonly indexes: readonly IndexShape[]
  readonly references: readonly ReferenceShape[]
  /** What else the catalogue holds about the table, as the server spells it: checks, triggers, policies, indexes no dataset declares. */
  readonly objects: readonly string[]
  /** Of some of these objects: the name, and the statement that takes it away. */
  readonly named: Readonly<Record<string, { readonly name: string | null; readonly undo: string | null }>>
  readonly owner: string
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

/** An index that a dataset says: a B-tree over columns, or one with options. Others, of migrations, are among the objects. */
export interface IndexShape {
  readonly name: string
  /** Those among its parts that are columns. */
  readonly columns: readonly string[]
  readonly unique: boolean
  /** It goes with a constraint of its name. */
  readonly isConstraint: boolean
  /** Of one with options: what stands behind `using`, as the server spells it. */
  readonly body?: string
}

export interface ReferenceShape {
  readonly name: string
  readonly columns: readonly string[]
  /** `schema.name` of the table referred to. */
  readonly table: string
  readonly to: readonly string[]
  /** How it differs from those that `foreignKeySql` makes: `on delete cascade, not valid`; empty where it does not. */
  readonly traits: string
}
