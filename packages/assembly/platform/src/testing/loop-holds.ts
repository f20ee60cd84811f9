/** Preloaded into the HTTP process by a test: appends to a file, each second, when it was and how long the loop was held at most, ms. */
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const { SLUICE_TEST_LOOP_HOLDS: file } = process.env
if (file !== undefined && process.argv[1]?.endsWith('http-process.ts') === true) {
  const delays = monitorEventLoopDelay({ resolution: 5 })
  delays.enable()
  setInterval(() => {
    appendFileSync(file, `${Date.now()} ${Math.round(delays.max / 1e6)}\n`)
    delays.reset()
  }, 1_000).unref()
}
