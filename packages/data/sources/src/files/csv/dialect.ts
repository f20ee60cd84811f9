/** How lines of a file are taken apart. */
export interface Dialect {
  /** One character, or several that stand together. */
  readonly delimiter: string
  /** One character, or `''`: nothing is quoted. */
  readonly quote: string
  /** What makes a quote within quotes one of the text: the quote itself, or another character. `''` where nothing is quoted. */
  readonly escape: string
  /** Lines that begin with it do not count. `''`: there are none. */
  readonly comment: string
  /** The mark of comments was found by looking: a line with it that has a cell for each column may be a record, and is refused. */
  readonly commentIsFound?: boolean
}

/** What stands in a file beside its dialect. */
export interface Layout {
  /** Lines before the first that counts. */
  readonly skip: number
  /** Whether the first line that counts names the columns. */
  readonly header: boolean
  /** Cells of a record. */
  readonly width: number
  /** A delimiter stands behind the last cell of each record. */
  readonly trailing: boolean
}
