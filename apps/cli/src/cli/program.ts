import { requestErrors, type SluiceError } from '@sluice/core'
import { Argument, Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander'
import pc from 'picocolors'
import { commands } from '../commands/all.ts'
import type { Command, OptionDefinition } from './command.ts'
import type { GlobalOptions } from './context.ts'
import { Given, UsageError } from './given.ts'

export type Runner = (command: Command, given: Given, global: GlobalOptions) => Promise<void>

const groups: Readonly<Record<string, string>> = {
  pipelines: 'pipelines, their schedules and definitions',
  tasks: 'tasks of a pipeline and their logs',
  runs: 'executions of pipelines',
  lake: 'tables of the lake',
  warehouse: 'the warehouse of a project',
  ledger: 'receipts of everything written',
  notify: 'messages to people, and whether they left',
  users: 'who may sign in, and what they may do',
  config: 'settings and where they come from',
}

/**
 * Commander's tree from the commands' values. The global options may stand before or behind the command.
 * @param quiet says nothing of a wrong command line: who asked for JSON gets it from `usageFault`.
 */
export function buildProgram(version: string, run: Runner, quiet = false): Commander {
  const program = root('sluice', version, quiet)
    .description('The data platform in TypeScript: pipelines, lake, warehouse, quality.')
    .addHelpText('after', examplesText(['sluice demo', 'sluice pipelines list', 'sluice pipelines trigger NAME --wait', 'sluice doctor']))
  for (const option of globalOptions()) program.addOption(option)
  const nodes = new Map<string, Commander>()
  for (const command of commands) {
    const [noun = '', verb] = command.path.split(' ')
    const parent = verb === undefined ? program : groupNode(program, nodes, noun)
    addCommand(parent, verb ?? noun, command, run)
  }
  return program
}

function root(name: string, version: string, quiet: boolean): Commander {
  return new Commander(name)
    .version(version, '-v, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what it takes)')
    .exitOverride()
    .configureOutput(quiet ? { writeErr: () => undefined, outputError: () => undefined } : {})
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false, styleTitle: (text) => pc.bold(text) })
}

function groupNode(program: Commander, nodes: Map<string, Commander>, noun: string): Commander {
  const known = nodes.get(noun)
  if (known !== undefined) return known
  const made = program
    .command(noun)
    .description(groups[noun] ?? noun)
    .exitOverride()
    .helpCommand(false)
  made.copyInheritedSettings(program)
  nodes.set(noun, made)
  return made
}

function addCommand(parent: Commander, name: string, command: Command, run: Runner): void {
  const node = parent.command(name).description(command.summary).exitOverride()
  for (const [syntax, description] of Object.entries(command.args ?? {})) node.addArgument(new Argument(syntax, description))
  for (const option of command.options ?? []) node.addOption(optionOf(option))
  for (const option of globalOptions()) node.addOption(option)
  node.addHelpText('after', examplesText(command.examples))
  node.action(async () => {
    const options = node.opts()
    const args = Object.fromEntries(node.registeredArguments.map((argument, at) => [argument.name(), node.processedArgs[at]]))
    await run(command, new Given(args, options), globalOf(options, rootOf(node).opts()))
  })
}

const rootOf = (node: Commander): Commander => (node.parent === null ? node : rootOf(node.parent))

function optionOf({ flags, description, choices, default: fallback, parse }: OptionDefinition): Option {
  const option = new Option(flags, description)
  if (choices !== undefined) option.choices([...choices])
  if (fallback !== undefined) option.default(fallback)
  if (parse !== undefined) option.argParser((text: string) => parsed(parse, text))
  return option
}

function parsed(parse: (text: string) => string | number, text: string): string | number {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof UsageError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

const globalOptions = (): readonly Option[] => [
  new Option('--project <name>', 'the project, where a name is ambiguous').helpGroup('Everywhere:'),
  new Option('--json', 'the result as JSON on stdout, everything else on stderr').helpGroup('Everywhere:'),
  new Option('--url <url>', 'a Sluice that runs elsewhere').env('SLUICE_URL').helpGroup('Everywhere:'),
  new Option('--token <token>', 'its token (better: the environment variable)').env('SLUICE_TOKEN').helpGroup('Everywhere:'),
  new Option('--no-color', 'plain text').helpGroup('Everywhere:'),
]

/** Behind the command they count more than before it. */
function globalOf(...options: readonly Readonly<Record<string, unknown>>[]): GlobalOptions {
  const given = (name: string): unknown => options.map((each) => each[name]).find((value) => value !== undefined && value !== '')
  const text = (name: string): string | undefined => given(name) as string | undefined
  return { json: given('json') === true, url: text('url'), token: text('token'), project: text('project') }
}

const examplesText = (examples: readonly string[]): string =>
  `\n${pc.bold('Examples:')}\n${examples.map((line) => `  $ ${line}`).join('\n')}\n`

/** A wrong command line as the error that programs get. */
export const usageFault = (error: Error): SluiceError =>
  requestErrors.invalid(
    error.message
      .replace(/^error: /, '')
      .replaceAll('\n', ' ')
      .trim(),
    {
      cause: error,
      facts: { usage: true },
      next: 'Add --help to see what the command takes.',
    },
  )

/** 0 for asked-for help and version, 2 for a wrong command line; `undefined` for what is no fault of it. */
export function usageExitCode(error: unknown): number | undefined {
  if (error instanceof UsageError) return 2
  if (!(error instanceof CommanderError)) return undefined
  return error.exitCode === 0 ? 0 : 2
}
