/** What the command line needs besides the generated commands; loads no schema and no server. */

export type { Calls } from './endpoint/contract.ts'
export { commandsOf, pathOf } from './endpoint/endpoint.ts'
export { Line } from './endpoint/line.ts'
export { parseParams } from './endpoint/params.ts'
export { runCommand } from './endpoint/run-command.ts'
export { type ArgSpec, type CommandSpec, nameOfOption, type OptionSpec } from './endpoint/spec.ts'
export type { Output, Terminal } from './endpoint/terminal.ts'
export { instantOf, UsageError, wholeNumber } from './endpoint/usage.ts'
export { definitionErrorText, failureText } from './format/failure.ts'
export { logLine, readLogLine } from './format/log-line.ts'
export { type ColumnOf, fields, table } from './format/table.ts'
export { bytes, count, moment, percent, relative, state, took } from './format/words.ts'
