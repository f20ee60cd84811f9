/** One SELECT, and the version of each dataset that it reads. */
export interface Pinned {
  readonly select: string
  readonly sources: readonly { readonly dataset: string; readonly version: string }[]
  /** Where it reads the rows of one dataset in one place: those that read as declared, and the statement over others of its columns. */
  readonly source?: { readonly select: string; readonly over: (select: string) => string }
  /** Where it reads bodies: the same over the rows of them that read as declared, and those that do not. */
  readonly judged?: { readonly select: string; readonly refused: readonly RefusedRows[] }
}

/** Rows of a source that do not read as it declares them. */
export interface RefusedRows {
  /** SELECT of `rule`, `place` and `cells`, as the quarantine has them. */
  readonly refused: string
  /** What a rule says, by its id. */
  readonly messages: Readonly<Record<string, string>>
}
