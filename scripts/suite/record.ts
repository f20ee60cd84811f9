import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'
import { root } from '../workspace.ts'
import { type FileRecord, type RunRecord, secondsOf } from './tally.ts'

/** Often enough for someone who waits, and for a log that is cut off when nothing is said. */
const everyMs = 30_000

/**
 * Reporter: writes what the run came to into `SLUICE_TEST_RECORD`, and says every half minute how far it is and what runs for how long, so
 * that a test that hangs is seen while it does.
 */
export default class Record implements Reporter {
  private readonly started = performance.now()
  /** What each file that runs is at, by the file's id: events of a test may come after the end of its file. */
  private readonly running = new Map<string, { readonly name: string; readonly since: number }>()
  private files = 0
  private ended = 0
  private timer: NodeJS.Timeout | undefined

  onTestRunStart(specifications: readonly unknown[]): void {
    this.files = specifications.length
    this.timer = setInterval(() => this.tell(), everyMs)
    this.timer.unref()
  }

  onTestModuleStart(module: TestModule): void {
    this.running.set(module.id, { name: pathOf(module), since: performance.now() })
  }

  onTestModuleEnd(module: TestModule): void {
    this.running.delete(module.id)
    // A test that ended at once may be told as ended before it is told as begun.
    for (const test of module.children.allTests()) this.running.delete(test.id)
    this.ended++
  }

  onTestCaseReady(test: TestCase): void {
    const { module } = test
    if (this.running.has(module.id)) this.running.set(module.id, { name: `${pathOf(module)} > ${test.fullName}`, since: performance.now() })
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    clearInterval(this.timer)
    const file = process.env.SLUICE_TEST_RECORD
    if (file === undefined) return
    const record: RunRecord = { files: modules.map(recordOf), unhandled: unhandled.map(({ message }) => message) }
    writeFileSync(file, JSON.stringify(record))
  }

  private tell(): void {
    const now = performance.now()
    const running = [...this.running.values()].map(({ name, since }) => `${name} (${secondsOf(now - since)})`)
    console.log(`... ${secondsOf(now - this.started)}: ${this.ended} of ${this.files} files; running ${running.join(', ')}`)
  }
}

const pathOf = (module: TestModule): string => relative(root, module.moduleId)

function recordOf(module: TestModule): FileRecord {
  const tests = [...module.children.allTests()]
  const inState = (state: string): readonly TestCase[] => tests.filter((test) => test.result().state === state)
  const suites: readonly (TestModule | TestSuite)[] = [module, ...module.children.allSuites()]
  return {
    path: pathOf(module),
    ms: module.diagnostic().duration + module.diagnostic().collectDuration,
    processorMs: module.meta().processorMs ?? 0,
    passed: inState('passed').length,
    skipped: inState('skipped').length,
    pending: inState('pending').length,
    failures: [
      ...inState('failed').map((test) => ({ name: test.fullName, message: test.result().errors?.[0]?.message ?? '' })),
      ...suites.flatMap((suite) =>
        suite.errors().map(({ message }) => ({ name: suite.type === 'module' ? 'the file' : `around ${suite.fullName}`, message })),
      ),
    ],
  }
}
