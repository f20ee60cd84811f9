import type { AnswerBudget, SinkReceipt } from '@sluice/core'
import type { FileFormat } from '../file-format.ts'
import type { LakeExport } from '../gold/request.ts'

/** Where the lakes of all projects lie, in a form that another process can open. */
export type LakePlace = { readonly folder: string } | { readonly url: string }

/** What a process for questions is started with. It opens no file outside of the lakes it may read and its scratch folder. */
export interface ProcessSetup {
  readonly place: LakePlace
  /** Projects whose lakes it may read. */
  readonly readable: readonly string[]
  /** A folder of its own: spill, copies of a bucket's files, files on their way out. Its owner removes it. */
  readonly scratch: string
  readonly memoryLimitMb: number
  readonly threads: number
}

export type RowsOf = { readonly sql: string } | { readonly dataset: string; readonly version?: number }

export type Question =
  | { readonly ask: 'answer'; readonly project: string; readonly sql: string; readonly limit: number; readonly budget: AnswerBudget }
  | {
      readonly ask: 'file'
      readonly project: string
      readonly of: RowsOf
      readonly format: FileFormat
      readonly limit?: number
      /** A larger file is an error. */
      readonly bytes: number
    }
  | {
      readonly ask: 'export'
      readonly project: string
      readonly dataset: string
      readonly request: Omit<LakeExport, 'from'> & { readonly from: { readonly sql: string } | { readonly dataset: string } }
    }

/** To the process. */
export type ToProcess =
  | { readonly kind: 'start'; readonly setup: ProcessSetup }
  | { readonly kind: 'question'; readonly question: Question }

/** From the process, between the bytes of an answer; the last of an answer is `done` or `fault`. */
export type FromProcess = { readonly kind: 'done'; readonly receipt?: SinkReceipt } | { readonly kind: 'fault'; readonly fault: Fault }

/** An error on its way to another process. */
export interface Fault {
  readonly code: string
  readonly kind: 'retryable' | 'permanent' | 'bug'
  readonly status: number
  readonly message: string
  readonly next?: string
  readonly facts: object
  readonly retryAfterMs?: number
}
