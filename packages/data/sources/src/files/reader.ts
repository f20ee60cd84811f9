import type { ColumnType, FileFormat } from '@sluice/author'
import type { Json } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'

/** A file on a disk of this machine. Files of a bucket are fetched before. */
export interface FileAtHand {
  /** Absolute. */
  readonly path: string
  /** As people know it, for messages: its path below the folder of the source, or as it was typed. */
  readonly name: string
  readonly bytes: number
}

/** What stands in a file and how: `{ encoding: 'windows-1252', delimiter: ';', ... }`. Shown by `sniff`, kept in receipts. */
export type Found = Readonly<Record<string, Json>>

export interface FileColumn {
  /** As the file has it, trimmed; where it is missing or stands twice, made one of its own (`column_3`, `price_2`), which `Found` tells. */
  readonly name: string
  /** The DuckDB type that the SELECT gives. `VARCHAR` wherever the format has text alone. */
  readonly type: string
}

/** A file opened for reading. Disposed of with whatever was made beside it: temporary tables, files, a process. */
export interface OpenFile extends AsyncDisposable {
  readonly found: Found
  /** Whether the file goes on behind the records that were read (`ReadContext.most`). */
  readonly isPart?: boolean
  /** In the file's order. */
  readonly columns: readonly FileColumn[]
  /**
   * SELECT over the records that can be read, streaming, in the order of the file: the columns by their names. A text is as it came: the
   * judge reads values from it. The spellings of NULL are NULL.
   */
  readonly rows: string
  /**
   * The same values as `rows`. A column of which each text was found to be a value of its `target` has that type: the engine reads it
   * without a text between. Where a value is shown as text, it may be written in another way than the file has it.
   */
  readonly typed?: { readonly columns: readonly FileColumn[]; readonly rows: string }
  /**
   * The same with `_row` (BIGINT) before them: the line (of text), the row (of a workbook) or the record, from 1, at which each begins. May
   * cost more: it is asked for when a row is broken.
   */
  readonly numbered: string
  /**
   * The SELECT of records that cannot be read, once one of the others was read to its end: `row_number`, `rule` (`record(<why>)`), `place`
   * (columns at fault, or NULL) and `cells` (JSON object of texts; `{"line": "..."}` where there are none, cut at 64 KB). `undefined` where
   * the format has none.
   */
  readonly refused: string | undefined
  /** Of a small file whose records were all read while it was looked at. */
  readonly held?: HeldRecords
  /** What each rule of `refused` says, by its id. */
  readonly messages: Readonly<Record<string, string>>
  /** Records that were put right in a way that loses nothing (two objects on one line), by what was done; after reading. */
  recovered(): Promise<Readonly<Record<string, number>>>
}

/** Records that are at hand: many small files are put into one table, and read from there by one statement. */
export interface HeldRecords {
  /** The line of each, and its cells. */
  readonly records: readonly { readonly line: number; readonly cells: readonly (string | null)[] }[]
  /**
   * What `numbered` gives, and `kept` beside it, over a table that has the cells as `c0`, `c1`, ... and the line as `_row`. Two files of
   * which it is one text are read by one statement.
   */
  numbered(table: string, kept: readonly string[]): string
}

export type WantedKind = 'number' | 'date' | 'timestamp' | 'boolean' | 'text' | 'json'

export interface ReadContext {
  /** Where temporary files may lie; the caller takes the folder away. */
  readonly workFolder: string
  readonly signal?: AbortSignal
  /**
   * What a column of the file is to become, by its name in the file; `undefined` for one that nobody takes. Conventions of cells are looked
   * for with this in mind.
   */
  readonly wanted?: (column: string) => WantedKind | undefined
  /** For a look: so many records are enough. Readers of documents and containers stop then, or after a beginning of the bytes. */
  readonly most?: number
  /** The type of the column that it fills, for `OpenFile.typed`. */
  readonly target?: (column: string) => ColumnType | undefined
}

/** A reader of one kind of format. */
export interface Reader<F extends FileFormat = FileFormat> {
  readonly kind: F['kind']
  /** Looks at a bounded part of the file: at most some megabytes, whatever its size. @throws `file.*` */
  sniff(file: FileAtHand, format: F, context: ReadContext): Promise<Found & { readonly columns: Json }>
  /** @throws `file.*` for what is not a file of this format, or ambiguous */
  open(connection: DuckConnection, file: FileAtHand, format: F, context: ReadContext): Promise<OpenFile>
}
