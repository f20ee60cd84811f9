import type { Json } from '@sluice/core'

/** To the process, once. */
export interface Work {
  /** Process id of whoever asks. */
  readonly owner: number
  readonly parser: string
  readonly path: string
  readonly bytes: number
  readonly folder: string
  readonly writtenBytes: number
  readonly task: Json
}

/** An error on its way to another process. */
export interface Fault {
  readonly code: string
  readonly kind: 'retryable' | 'permanent' | 'bug'
  readonly status: number
  readonly message: string
  readonly next?: string
  readonly facts: object
}

/** From the process, once, before it ends. */
export type Answer = { readonly kind: 'done'; readonly result: Json } | { readonly kind: 'fault'; readonly fault: Fault }

/** Characters of an answer. What is longer is not a summary. */
export const longestAnswer = 16_777_216
