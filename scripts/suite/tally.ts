/** What a run of the tests came to, as the reporter leaves it. */
export interface RunRecord {
  readonly files: readonly FileRecord[]
  /** Errors that no test was waiting for. */
  readonly unhandled: readonly string[]
}

export interface FileRecord {
  readonly path: string
  readonly ms: number
  /** Of its process and what that started: what a file costs, however busy the machine is. */
  readonly processorMs: number
  readonly passed: number
  readonly skipped: number
  /** Begun or not, and without an end: the process of the file was gone. */
  readonly pending: number
  /** Tests that failed, files that did not load, hooks around tests that failed. */
  readonly failures: readonly { readonly name: string; readonly message: string }[]
}

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** A line for each failure. */
  readonly failures: readonly string[]
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] }

/**
 * Counts a run. Whatever does not end well counts as failed: a test, a file that does not load, a hook, an error outside of any test, a
 * test without an end, and an exit code that nothing else explains. `record` is undefined when Vitest ended without leaving one.
 */
export function tallyOf(record: RunRecord | undefined, exitCode: number): Tally {
  const files = record?.files ?? []
  const failures = [
    ...files.flatMap(({ path, failures, pending }) => [
      ...failures.map(({ name, message }) => `${path} > ${name}: ${firstLine(message)}`),
      ...(pending === 0 ? [] : [`${path}: ${pending} tests have no end`]),
    ]),
    ...(record?.unhandled ?? []).map((message) => `outside of any test: ${firstLine(message)}`),
  ]
  const pending = files.reduce((sum, file) => sum + Math.max(0, file.pending - 1), 0)
  if (record === undefined) failures.push(`Vitest ended with ${exitCode} and left no record`)
  else if (exitCode !== 0 && failures.length === 0) failures.push(`Vitest ended with ${exitCode}, and no test says why`)
  return {
    passed: files.reduce((sum, file) => sum + file.passed, 0),
    failed: failures.length + pending,
    skipped: files.reduce((sum, file) => sum + file.skipped, 0),
    failures,
  }
}

export const sumOf = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: sum.skipped + each.skipped,
      failures: [...sum.failures, ...each.failures],
    }),
    nothing,
  )

/** The files that cost most, a line each, the dearest first: processor time, and how long they took. */
export function dearest({ files }: RunRecord, count: number): readonly string[] {
  return files
    .toSorted((a, b) => b.processorMs - a.processorMs || b.ms - a.ms)
    .slice(0, count)
    .map(({ path, ms, processorMs }) => `${secondsOf(processorMs).padStart(10)} in ${secondsOf(ms).padEnd(10)}  ${path}`)
}

/** What the whole run cost in processor time, in a line for people. */
export const costOf = ({ files }: RunRecord): string =>
  `${secondsOf(files.reduce((sum, { processorMs }) => sum + processorMs, 0))} of processor time in ${files.length} files of tests`

/** The closing line: other programs read it. */
export const closing = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

export function secondsOf(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

const firstLine = (message: string): string => message.split('\n', 1)[0] ?? ''
