import type { Instant } from '@sluice/core'

/** One answer of an outside service on its way to bronze. */
export interface LandedPage {
  /** e.g. `coincap:v3/assets`. */
  readonly source: string
  /** Method and URL without secrets. */
  readonly request: string
  readonly receivedAt: Instant
  readonly body: string | AsyncIterable<Uint8Array>
  /** Credits the answer cost, by the source's own tariff; 0 when it has none. Asked after the body was read. */
  readonly credits?: number | ((bytes: number) => number)
}

/**
 * Pages in the order they are asked for. The lake writes a page to its spool before it asks for the next one, so a generator may
 * check a body after yielding it: when it throws, the spooled bodies are kept as rejected and nothing enters the dataset.
 */
export type Pages = AsyncIterable<LandedPage>
