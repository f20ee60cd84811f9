import type { DatasetRef } from './dataset.ts'
import type { Instant, Interval } from './instant.ts'
import type { Json } from './json.ts'

export type ReceiptStatus = 'written' | 'skipped' | 'failed'

export interface InputVersion {
  readonly dataset: string
  readonly batch: string
  readonly version: string
}

/** The file that a batch holds: what it was when it was read, and what was found in it. */
export interface FileFact {
  /** The name of the source, in its project. */
  readonly source: string
  /** Below the folder of the source, with `/`. */
  readonly path: string
  readonly bytes: number
  readonly modified: Instant
  /** SHA-256 of its bytes, hexadecimal. */
  readonly hash: string
  /**
   * What tells one content from another of the same size and time, as the listing gave it: of a file on a disk its inode and when anything
   * of it changed last, of an object its ETag or generation. Left out where the listing has none.
   */
  readonly mark?: string | undefined
  /** The path under which its batch began, of a file that was moved since. */
  readonly first?: string | undefined
  /** The receipt tells of a move alone: under which path the file was until then, and what the batch holds. */
  readonly moved?: MovedFile | undefined
  /** By what its columns were read, in short: what the pull, its source and its dataset declared of them. */
  readonly declared?: string | undefined
  /** How often the task had been cleared in its run when it read the file: once cleared, it reads its files again. Left out: never. */
  readonly cleared?: number | undefined
  /** How it is written: `{ encoding, delimiter, ... }`. */
  readonly found?: Readonly<Record<string, Json>> | undefined
  /** Events of its columns: `{ event: 'new', column: 'discount' }`. Left out where there are none. */
  readonly drift?: readonly Json[] | undefined
}

/** A file that has another path than before: nothing of it was read or written anew. */
export interface MovedFile {
  readonly from: string
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
}

/** The slice of a database that a batch holds: which rows were asked for, and how far they went. */
export interface SliceFact {
  /** The name of the source, in its project. */
  readonly source: string
  /** Of an incremental pull: the value of its column from which on rows were asked for, as the database writes it; null for all rows. */
  readonly since: string | null
  /** Of an incremental pull: the greatest value of its column among all rows seen so far; null where there was none. */
  readonly greatest: string | null
  /** Events of its columns: `{ event: 'new', column: 'discount' }`. Left out where there are none. */
  readonly drift?: readonly Json[] | undefined
  /** Column of the dataset -> what the database knows the one by that filled it, whatever its name. Left out where it knows none so. */
  readonly filledBy?: Readonly<Record<string, string>> | undefined
}

/** What an API was asked for by a landing, and how far it went: the next one goes on from it. */
export interface AnswersFact {
  /** The name of the source, in its project. */
  readonly source: string
  readonly requests: number
  /** Rows of the answers, where the source says where they are. */
  readonly rows?: number | undefined
  /** The span that was asked for, as it stood in the request. */
  readonly since?: string | undefined
  readonly until?: string | undefined
  /** The greatest value of the field that the source goes by, among all rows seen so far; where ids were not answered for, as before. */
  readonly greatest?: string | undefined
  /** Of a source of one answer: what was asked, and what tells whether the answer has changed. */
  readonly request?: string | undefined
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
  readonly ids?: AskedIds | undefined
}

/** Ids that an API was asked for: each was fetched, is missing from the answers, or failed. 1,000 are named at most; the log names all. */
export interface AskedIds {
  readonly asked: number
  readonly fetched: number
  readonly missing: readonly string[]
  readonly missingCount: number
  readonly failed: readonly { readonly id: string; readonly why: string }[]
  readonly failedCount: number
}

/**
 * The sink's own record of a batch, atomic with the data. `rowsIn = rowsWritten + rowsQuarantined`, always.
 * A second write of the same batch and generation is answered with the first receipt, `replayed` true.
 */
export interface Receipt {
  readonly dataset: string
  readonly batch: string
  readonly generation: number
  readonly status: ReceiptStatus
  readonly reason: string | null
  readonly version: string
  readonly inputs: readonly InputVersion[]
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  /** Rows that went to quarantine: how many, by the rule that they broke. Left out where there are none. */
  readonly brokenRules?: Readonly<Record<string, number>> | undefined
  /**
   * Values that were changed to fit, of rows that were written: how many, by the rule that says why. `rounded(c)`: rounded to the scale of
   * the column; any other rule: made null. Left out where there are none.
   */
  readonly adjusted?: Readonly<Record<string, number>> | undefined
  readonly bytes: number
  /** Of a landing: bytes of the answers as they came, which is what a source counts. */
  readonly received?: number | undefined
  readonly credits: number
  readonly writtenAt: Instant
  /** Of a batch made of more than batches: the logical time of the newest batch that it shows. */
  readonly asOf?: Instant
  /** Of a batch that holds one file of a source. */
  readonly file?: FileFact | undefined
  /** Of a batch that holds a slice of a database. */
  readonly slice?: SliceFact | undefined
  /** Of a batch that holds the answers of an API. */
  readonly answers?: AnswersFact | undefined
  readonly replayed: boolean
}

/** The attempt of a task that writes a batch. */
export interface Writer {
  readonly project: string
  readonly pipeline: string
  readonly run: string
  readonly task: string
  readonly attempt: number
}

/** A receipt as a sink keeps it: the ledger is rebuilt from these. */
export interface SinkReceipt extends Receipt, Writer {
  /** Of the run that wrote the batch. */
  readonly logicalTime: Instant
}

/** Everything a sink is told about the write it carries out. */
export interface BatchWrite extends Writer {
  /** Full dataset id. */
  readonly dataset: string
  readonly batch: string
  readonly generation: number
  /** The run's logical time: names files and partitions, never the clock. */
  readonly logicalTime: Instant
  /** The run's data interval. Default: the instant of the logical time. */
  readonly interval?: Interval
  /** Of a batch made of more than batches: the logical time of the newest batch that it shows. */
  readonly asOf?: Instant
  /** Of a batch that holds one file of a source. */
  readonly file?: FileFact
  /** Of a batch that holds a slice of a database. */
  readonly slice?: SliceFact
  /** Of a batch that a model made: what the model was, in short. */
  readonly definition?: string
  readonly inputs: readonly InputVersion[]
}

export const writtenInterval = ({ interval, logicalTime }: Pick<BatchWrite, 'interval' | 'logicalTime'>): Interval =>
  interval ?? { start: logicalTime, end: logicalTime }

/** A batch as an input of another. */
export const inputOf = (ref: DatasetRef): InputVersion => ({ dataset: ref.dataset, batch: ref.batch, version: ref.version })

/** Credits that the receipts of a pipeline report for a day. */
export interface SpentCredits {
  readonly pipeline: string
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  readonly credits: number
  readonly batches: number
  /** Runs that spent something. */
  readonly runs: number
  /** Bytes that came, and the rows that were read of them: of batches of which both are known. */
  readonly received: number
  readonly items: number
}
