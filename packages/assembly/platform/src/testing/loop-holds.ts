/**
 * Preloaded into the HTTP process by a test: appends to a file, each second, when it was and how long one turn of the loop held its
 * thread at most, in milliseconds of processor time. The clock would count what other processes of a busy machine take.
 */
import { appendFileSync } from 'node:fs'

const { SLUICE_TEST_LOOP_HOLDS: file } = process.env
if (file !== undefined && /http-process\.[jt]s$/.test(process.argv[1] ?? '')) {
  let [before, most] = [process.threadCpuUsage(), 0]
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before)
    before = process.threadCpuUsage()
    most = Math.max(most, (user + system) / 1_000)
  }, 5).unref()
  setInterval(() => {
    appendFileSync(file, `${Date.now()} ${Math.round(most)}\n`)
    most = 0
  }, 1_000).unref()
}
