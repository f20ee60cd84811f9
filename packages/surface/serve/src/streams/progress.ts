import type { Engine, RunDetail } from '@sluice/engine'

/**
 * The run each time it changed, the ended run last. Changes that come while the reader is busy are merged: it sees the latest.
 * Ends quietly when the signal aborts.
 */
export async function* progressOf(engine: Engine, run: string, signal: AbortSignal): AsyncGenerator<string> {
  let latest: RunDetail | undefined
  let wake: () => void = () => undefined
  let ended = false
  const stop = new AbortController()
  const tell = (detail?: RunDetail): void => {
    latest = detail ?? latest
    wake()
  }
  const waiting = engine
    .waitForRun(run, { signal: AbortSignal.any([signal, stop.signal]), onProgress: tell })
    .then(tell)
    .finally(() => {
      ended = true
      tell()
    })
  waiting.catch(() => undefined)
  try {
    for (;;) {
      const detail = latest
      latest = undefined
      if (detail !== undefined) yield `${JSON.stringify(detail)}\n`
      else if (ended) break
      else await new Promise<void>((resolve) => (wake = resolve))
    }
    if (!signal.aborted) await waiting
  } finally {
    stop.abort()
  }
}
