import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Instant } from './instant.ts'

/** `scheduled:<tick ms>` (a backfill of that tick has the same key) or `manual:<run id>`. */
export type RunKey = `scheduled:${number}` | `manual:${string}`

export const scheduledRunKey = (tick: Instant): RunKey => `scheduled:${tick}`
export const manualRunKey = (runId: string): RunKey => `manual:${runId}`

/** What makes one write to one dataset the same write on every retry, replay and second scheduler. */
export interface BatchIdentity {
  readonly project: string
  readonly pipeline: string
  readonly task: string
  readonly mapKey: string | null
  readonly runKey: RunKey
  /** Full dataset id. */
  readonly dataset: string
  /** Tells two writes of one task to one dataset apart; `main` unless named. */
  readonly write: string
}

/** 32 hexadecimal characters: the first half of SHA-256 over the length-prefixed fields, `-` for no map key. */
export function batchId(identity: BatchIdentity): string {
  const fields = [identity.project, identity.pipeline, identity.task, identity.mapKey, identity.runKey, identity.dataset, identity.write]
  return hashOf(fields)
}

/** What makes the rows of one file in one dataset the same batch, whichever run reads it. */
export interface FileIdentity {
  readonly project: string
  /** Full dataset id. */
  readonly dataset: string
  readonly source: string
  readonly path: string
  /** How many files before it had this path and were moved since: their batches went with them. 0 unless given. */
  readonly turn?: number
}

/** As `batchId`; the word before the fields is that of no project, so that no other batch has this id. */
export const fileBatchId = ({ project, dataset, source, path, turn = 0 }: FileIdentity): string =>
  hashOf(['a file', project, dataset, source, path, ...(turn === 0 ? [] : [String(turn)])])

function hashOf(fields: readonly (string | null)[]): string {
  const text = fields.map((field) => (field === null ? '-' : `${field.length}:${field}`)).join('')
  return hashText(text).slice(0, 32)
}

/** SHA-256 of UTF-8 text, hexadecimal. */
export const hashText = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)))
