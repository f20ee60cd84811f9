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

/** Carries a command of an operation out; the exit code. */
export async function runCommand(
  spec: OperationSpec,
  endpoint: AnyEndpoint,
  command: AnyCommand,
  terminal: Terminal,
  line: Line,
): Promise<number> {
  const send = (input: Gathered): Promise<unknown> =>
    endpoint.kind === 'json' ? terminal.call(endpoint, input as never) : terminal.stream(endpoint, input as never)
  if (command.run !== undefined) return (await command.run(terminal, line, send as never)) ?? 0

  const computed = (await command.input?.(terminal, line)) ?? {}
  const gathered = gather(spec, endpoint, terminal, line, [command.fixed ?? {}, computed])
  // The values have the shapes that the endpoint's schemas gave to arguments and options; the operation checks them.
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

/** The input of the operation: what stands on the line, then what the command adds. @throws `UsageError` for what is needed and missing. */
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

/** A page is a list to programs: the client follows its cursor where more is wanted. */
function itemsOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'items' in answer && 'next' in answer ? answer.items : answer
}
