import { CATALOGUE } from './catalogue.ts'
import { assetsAt } from './quote.ts'

export interface PastOptions {
  /** Epoch milliseconds, included. */
  readonly from: number
  /** Epoch milliseconds, excluded. */
  readonly to: number
  readonly everyMs: number
  /** As of the server; default 1. */
  readonly seed?: number
  /** The highest ranked of that time; default 100. */
  readonly count?: number
}

/** What `GET /v3/assets?limit=COUNT` would have answered at each instant. The real service offers no past: this is for made-up history. */
export function* pastBodies({
  from,
  to,
  everyMs,
  seed = 1,
  count = 100,
}: PastOptions): Generator<{ readonly at: number; readonly request: string; readonly body: string }> {
  for (let at = from; at < to; at += everyMs) {
    const data = assetsAt(seed, at, CATALOGUE.length).slice(0, count)
    yield { at, request: `GET /v3/assets?limit=${count}`, body: JSON.stringify({ data, timestamp: at }) }
  }
}
