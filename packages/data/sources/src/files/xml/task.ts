/** What the isolated process is asked for. */
export type XmlTask = {
  /** Steps to the rows, from the root. */
  readonly rows: readonly string[]
  /** Paths below a row, where they are declared. */
  readonly paths: readonly string[] | null
  /** Where the text begins in the file. */
  readonly start: number
  /** Whether the file holds all of it: of a beginning, the end is not missed. */
  readonly isWhole: boolean
}

/** A column, and which columns of the file of rows have its texts, its elements as JSON, and its lists. */
export type XmlColumn = { readonly path: string; readonly text: number | null; readonly json: number | null; readonly list: number | null }

export type XmlResult = {
  readonly columns: readonly XmlColumn[]
  readonly rows: number
  /** Whether the element around the rows is there. */
  readonly around: boolean
  /** Paths of elements outside of the rows, and how often they occur. */
  readonly others: readonly (readonly [path: string, count: number])[]
}
