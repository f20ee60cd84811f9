import { bugErrors, toErrorRecord } from '@sluice/core'
import { failureText, printable, printedJson } from '@sluice/serve/terminal'
import { openContext } from '../cli/open-context.ts'
import { createOutput } from '../cli/output.ts'
import { watchSignals } from '../cli/signals.ts'
import { sluiceVersion } from '../cli/version.ts'
import { buildProgram, type Runner, refuseUnknownHelp, usageExitCode, usageFault } from './program.ts'

let exitCode = 0
let json = false
/** Also where the line cannot be parsed. */
const wantsJson = process.argv.slice(2, process.argv.includes('--') ? process.argv.indexOf('--') : undefined).includes('--json')

const run: Runner = async (command, line, global) => {
  json = global.json
  const signals = watchSignals()
  const output = createOutput(global.json, signals.end)
  const context = openContext(global, output, signals.signal)
  try {
    exitCode = (await command.run(context, line)) ?? 0
  } catch (error) {
    // A command that was told to stop may fail on its way out: the exit code says which signal it was, and that is enough.
    if (!signals.signal.aborted) throw error
    exitCode = signals.exitCode() ?? 0
  } finally {
    await context.close()
  }
}

try {
  const program = buildProgram(sluiceVersion, run, wantsJson)
  refuseUnknownHelp(program, process.argv.slice(2))
  await program.parseAsync()
} catch (error) {
  exitCode = usageExitCode(error) ?? 1
  const usage = error instanceof Error && error.name === 'UsageError'
  if (exitCode === 2 && wantsJson && error instanceof Error) tell(usageFault(error), true)
  else if (usage) process.stderr.write(`error: ${printable((error as Error).message)}\n`)
  else if (usageExitCode(error) === undefined) tell(error, json)
}
process.exitCode = exitCode

function tell(error: unknown, asJson: boolean): void {
  const record = toErrorRecord(error, bugErrors.unreachable)
  const { stack, ...shown } = record
  process.stderr.write(
    asJson ? `${printedJson(JSON.stringify({ error: record.kind === 'bug' ? record : shown }))}\n` : `${failureText(record)}\n`,
  )
}
