import { type AnswerLimits, bugErrors, given, type Json, type SinkReceipt } from '@sluice/core'
import type { AnswerProcesses, Asking } from '../asked/answer-processes.ts'
import type { LakeAnswer } from '../asked/answer-text.ts'
import type { RowsOf } from '../asked/question.ts'
import type { FileFormat } from '../file-format.ts'
import type { ExportSource, LakeExport } from '../gold/request.ts'
import type { Lake } from '../lake.ts'
import { type LakeConnection, lakeConnection } from './connection.ts'

/** Whose question it is, as far as it matters. */
export interface AskedBy {
  /** The projects that they may read; all unless given. */
  readonly readable?: readonly string[]
  /** They put things right, and find a process that has started while others keep theirs busy. */
  readonly mayGoFirst?: boolean
}

export interface FileOptions {
  readonly format: FileFormat
  readonly limit?: number
}

/** A lake with what people ask of it besides: rows as a file, answers to a query, exports of their own. All of it in a process apart. */
export interface AskedLake extends Lake {
  /** What other programs need to read it. No secret. */
  connection(): Promise<LakeConnection>
  /** The rows of a dataset as a file. Streams; memory stays bounded. @throws `lake.dataset_unknown` before the first byte */
  file(
    dataset: string,
    options: FileOptions & AskedBy & { readonly version?: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>
  /** One query over datasets and files of the lake. @throws `input.invalid`, `lake.dataset_unknown`, `request.denied` with the place */
  answer(text: string, options: AskedBy & { readonly limit?: number }, signal: AbortSignal): Promise<LakeAnswer>
  /** The same as its JSON text: whoever only passes it on does not read it. */
  answerText(text: string, options: AskedBy & { readonly limit?: number }, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** All rows of such a query as a file. */
  answerFile(text: string, options: FileOptions & AskedBy, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** An export of this call alone, at the time it was asked for. On abort it ends with its process, and nothing of it is in the dataset. */
  exportNow(dataset: string, request: AskedExport, options: AskedBy, signal: AbortSignal): Promise<SinkReceipt>
}

export interface AskedExport extends Omit<LakeExport, 'from'> {
  readonly from: Extract<ExportSource, { readonly sql: string } | { readonly dataset: string }>
}

export function askedLake(lake: Lake, processes: AnswerProcesses, projects: readonly string[], limits: AnswerLimits): AskedLake {
  const { project } = lake
  const asking = ({ readable = projects, mayGoFirst }: AskedBy, timeoutMs: number, signal: AbortSignal): Asking => ({
    readable,
    timeoutMs,
    signal,
    ...given({ mayGoFirst }),
  })
  const fileOf = async (of: RowsOf, { format, limit, ...by }: FileOptions & AskedBy, signal: AbortSignal) => {
    const { bytes, timeoutMs } = limits.file
    return (await processes.ask({ ask: 'file', project, of, format, bytes, ...given({ limit }) }, asking(by, timeoutMs, signal))).chunks
  }
  const answerText: AskedLake['answerText'] = async (sql, { limit = 1_000, ...by }, signal) => {
    const question = { ask: 'answer', project, sql, limit, budget: limits.budget } as const
    return (await processes.ask(question, asking(by, limits.timeoutMs, signal))).chunks
  }
  return {
    ...lake,
    connection: () => lakeConnection(lake),
    file: (dataset, { version, ...options }, signal) => fileOf({ dataset, ...given({ version }) }, options, signal),
    answerText,
    answer: async (sql, options, signal) => (await jsonOf(await answerText(sql, options, signal))) as unknown as LakeAnswer,
    answerFile: (sql, options, signal) => fileOf({ sql }, options, signal),
    exportNow: async (dataset, request, by, signal) => {
      const question = { ask: 'export', project, dataset, request } as const
      const { chunks, receipt } = await processes.ask(question, asking(by, limits.file.timeoutMs, signal))
      for await (const _ of chunks);
      const made = receipt()
      if (made !== undefined) return made
      throw bugErrors.unreachable('An export ended without a receipt', { next: 'Please report this.' })
    },
  }
}

async function jsonOf(chunks: AsyncIterable<Uint8Array>): Promise<Json> {
  const pieces: Uint8Array[] = []
  for await (const piece of chunks) pieces.push(piece)
  return JSON.parse(Buffer.concat(pieces).toString()) as Json
}
