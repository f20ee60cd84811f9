import type { Json } from '@sluice/core'
import type { RowsFile } from './rows/rows-file.ts'

/** What a parser gets, in the isolated process. */
export interface ParserInput<Task extends Json = Json> {
  /** It can read this file, code and libraries, and nothing else. */
  readonly path: string
  readonly bytes: number
  readonly task: Task
  /**
   * A file of rows in the folder of the process: `rowsPath(folder, name)`, which whoever started the process reads when it has ended. The
   * parser closes it. Bytes beyond the limit end the parser.
   */
  createRows(name: string): RowsFile
}

/**
 * What a module of a parser exports as `parse`. What it throws reaches whoever asked: an error of ours with the name of the file put before
 * its message, any other as `file.damaged`. Its result is small: names, counts, some rows to look at.
 */
export type Parse<Task extends Json, Result extends Json> = (input: ParserInput<Task>) => Promise<Result>
