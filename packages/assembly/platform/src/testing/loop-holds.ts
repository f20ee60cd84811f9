/**
 * Preloaded into the HTTP process by a test: appends to a file, each second, when it was and how long one turn of the loop held its
 * thread at most, in milliseconds of processor time: of our code, and with the garbage collections that fell into the turn. The clock would
 * count what other processes of a busy machine take.
 */
import { appendFileSync } from 'node:fs'
import { PerformanceObserver, performance } from 'node:perf_hooks'

interface Span {
  readonly from: number
  readonly to: number
  readonly ms: number
}

/** Collections are told some turns after they happened. */
const toldWithinMs = 500

const { SLUICE_TEST_LOOP_HOLDS: file } = process.env
if (file !== undefined && /http-process\.[jt]s$/.test(process.argv[1] ?? '')) {
  let [turns, collections]: [Span[], Span[]] = [[], []]
  let [from, before] = [performance.now(), process.threadCpuUsage()]
  new PerformanceObserver((list) => {
    collections.push(...list.getEntries().map(({ startTime, duration }) => ({ from: startTime, to: startTime + duration, ms: duration })))
  }).observe({ entryTypes: ['gc'] })
  setInterval(() => {
    const to = performance.now()
    const { user, system } = process.threadCpuUsage(before)
    turns.push({ from, to, ms: (user + system) / 1_000 })
    ;[from, before] = [performance.now(), process.threadCpuUsage()]
  }, 5).unref()
  setInterval(() => {
    const until = performance.now() - toldWithinMs
    const told = turns.filter(({ to }) => to <= until)
    const ofCode = (turn: Span): number =>
      collections.reduce((ms, gc) => (gc.from >= turn.from && gc.to <= turn.to ? ms - gc.ms : ms), turn.ms)
    const most = (of: (turn: Span) => number): number => Math.round(Math.max(0, ...told.map(of)))
    appendFileSync(file, `${Date.now()} ${most(ofCode)} ${most(({ ms }) => ms)}\n`)
    turns = turns.filter(({ to }) => to > until)
    collections = collections.filter(({ to }) => to > until - 60_000)
  }, 1_000).unref()
}
