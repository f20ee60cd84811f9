import { requestErrors } from '@sluice/core'
import type { AnyCommand } from './command.ts'
import type { AnyEndpoint } from './endpoint.ts'
import type { Line } from './line.ts'
import type { OperationSpec } from './operation-spec.ts'
import { nameOfOption } from './spec.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage.ts'

type Fields = Readonly<Record<string, unknown>>
interface Gathered {
  readonly params?: Fields
  readonly query?: Fields
  readonly body?: Fields
}
const parts = ['params', 'query', 'body'] as const

/** Carries out a command of an operation. Answers with the exit code. */
export async function runCommand(
  spec: OperationSpec,
  endpoint: AnyEndpoint,
  command: AnyCommand,
  terminal: Terminal,
  line: Line,
): Promise<number> {
  try {
    return await carryOut(spec, endpoint, command, terminal, line)
  } catch (error) {
    throw ofLine(spec, error)
  }
}

/** Who typed a line looks for what the command takes, and not for the document of the API. */
const ofLine = ({ path }: OperationSpec, error: unknown): unknown =>
  requestErrors.invalid.is(error) && Array.isArray(error.facts.faults)
    ? error.with({ next: `Correct what is named; sluice ${path} --help says what the command takes.` })
    : error

async function carryOut(spec: OperationSpec, endpoint: AnyEndpoint, command: AnyCommand, given: Terminal, line: Line): Promise<number> {
  const terminal = command.inOwnProcess?.(line) === true ? { ...given, ...given.ownProcess } : given
  const send = (input: Gathered): Promise<unknown> =>
    endpoint.kind === 'json' ? terminal.call(endpoint, input as never) : terminal.stream(endpoint, input as never)
  if (command.run !== undefined) return (await command.run(terminal, line, send as never)) ?? 0

  const computed = (await command.input?.(terminal, line)) ?? {}
  const gathered = gather(spec, endpoint, terminal, line, [command.fixed ?? {}, computed])
  // Arguments and options were made of the endpoint's schemas, so the values have their shapes; the operation checks them again.
  const input = gathered as never
  await command.before?.(terminal, input)
  const question = command.confirm?.question(input)
  if (question !== undefined) await terminal.confirm(question, line.flag('yes'))
  const answer = (await send(gathered)) as never
  const called = { input, now: Date.now() }
  terminal.output.result(command.value === undefined ? itemsOf(answer) : command.value(answer, called), () => command.show(answer, called))
  await command.after?.(terminal, answer, input)
  return command.exit?.(answer) ?? 0
}

/** The input of the operation: what is on the line, and what the command adds. @throws `UsageError` for a needed field that is missing */
function gather(
  { fields, args, options }: OperationSpec,
  endpoint: AnyEndpoint,
  terminal: Terminal,
  line: Line,
  added: readonly Gathered[],
): Gathered {
  const gathered: Record<string, Fields> = {}
  for (const part of parts) {
    if (endpoint[part] === undefined) continue
    const typed = fields.flatMap(({ name, part: its, from }) => {
      const value = its === part ? (line.value(from) ?? (name === 'project' ? terminal.project : undefined)) : undefined
      return value === undefined ? [] : [[name, value] as const]
    })
    gathered[part] = Object.assign(Object.fromEntries(typed), ...added.map((each) => each[part] ?? {}))
  }
  const missing = fields.find(({ needed, name, part }) => needed && gathered[part]?.[name] === undefined)
  if (missing === undefined) return gathered
  const option = options.find((each) => nameOfOption(each) === missing.from)
  throw new UsageError(
    option === undefined
      ? `missing argument <${args.find(({ name }) => name === missing.from)?.name}>`
      : `missing option ${option.flags.replace(/^.*(--[\w-]+).*$/, '$1')}`,
  )
}

/** Programs get a page as a list. */
function itemsOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'items' in answer && 'next' in answer ? answer.items : answer
}
