import { near, requestErrors, type SluiceError } from '@sluice/core'
import { type ArgSpec, Line, type OptionSpec, plainNumber, UsageError, wholeNumber } from '@sluice/serve/terminal'
import { Argument, Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander'
import pc from 'picocolors'
import type { Command } from '../cli/command.ts'
import type { GlobalOptions } from '../cli/context.ts'
import { globalOptions } from '../cli/global-options.ts'
import { commands, nouns } from '../commands/tree.ts'

export type Runner = (command: Command, line: Line, global: GlobalOptions) => Promise<void>

/**
 * Commander's tree from the commands' values. The global options may stand before or behind the command.
 * @param quiet writes nothing about a wrong command line: under `--json` it is reported by `usageFault`.
 */
export function buildProgram(version: string, run: Runner, quiet = false): Commander {
  const program = root('sluice', version, quiet)
    .description('The data platform in TypeScript: pipelines, lake, warehouse, quality.')
    .addHelpText('after', examplesText(['sluice demo', 'sluice pipelines list', 'sluice pipelines trigger NAME --wait', 'sluice doctor']))
  for (const option of everywhere()) program.addOption(option)
  const nodes = new Map<string, Commander>()
  for (const command of commands) {
    const [noun = '', verb] = command.path.split(' ')
    const parent = verb === undefined ? program : groupNode(program, nodes, noun)
    addCommand(parent, verb ?? noun, command, run)
  }
  addHelp(program)
  return program
}

/** `sluice help`, `sluice help pipelines`, `sluice help pipelines trigger`: what `--help` behind those words shows. */
function addHelp(program: Commander): void {
  program
    .command('help')
    .description('Show what a command takes: the same as --help behind it')
    .argument('[command...]', 'words of a command')
    .exitOverride()
    .action((words: readonly string[]) => {
      nodeOf(program, words).help()
    })
}

/** @throws UsageError for a word that is not a command */
function nodeOf(program: Commander, words: readonly string[]): Commander {
  let node = program
  for (const word of words) {
    const names = node.commands.map((each) => each.name())
    const found = node.commands.find((each) => each.name() === word)
    if (found === undefined) {
      const [meant = wholeCommands(word)] = near(word, names)
      const hint = names.length === 0 ? '' : meant === undefined ? ` (there are ${names.join(', ')})` : ` (did you mean ${meant}?)`
      throw new UsageError(`unknown command "${words.join(' ')}"${hint}`)
    }
    node = found
  }
  return node
}

/** Commands that end with a word: who types `migrate` means `warehouse migrate`. Undefined where none does. */
function wholeCommands(word: string): string | undefined {
  const paths = commands.map(({ path }) => path).filter((path) => path.includes(' '))
  const ending = paths.filter((path) => path.endsWith(` ${word}`))
  const [meant] = near(
    word,
    paths.map((path) => path.split(' ').at(-1) ?? ''),
  )
  const found = ending.length > 0 ? ending : paths.filter((path) => path.endsWith(` ${meant}`))
  return found.length === 0 || found.length > mostMeant ? undefined : found.join(' or ')
}

const mostMeant = 3

/** What Commander says of a word that it does not know, with the commands that end with it; its own suggestion stays. */
export function withWholeCommands(text: string): string {
  const [, word] = /unknown command '([^']+)'/.exec(text) ?? []
  const meant = word === undefined || text.includes('Did you mean') ? undefined : wholeCommands(word)
  return meant === undefined ? text : text.replace(`'${word}'`, `'${word}' (did you mean ${meant}?)`)
}

/** What Commander says of a value that is none of the choices, with the one that may be meant. */
export function withMeantChoice(text: string): string {
  const [said, value = '', choices = ''] = /'([^']*)' is invalid(?: for argument '[^']*')?\. Allowed choices are ([^.]*)\./.exec(text) ?? []
  const meant = said === undefined ? [] : near(value, choices.split(', '))
  return said === undefined || meant.length === 0 ? text : text.replace(said, () => `${said} (Did you mean ${meant.join(' or ')}?)`)
}

const advised = (text: string): string => withMeantChoice(withWholeCommands(text))

/**
 * Commander shows the help of the last command that it knows, and so that of all for a command that is not there.
 * @throws UsageError for a line that asks for help of a command that is not there
 */
export function refuseUnknownHelp(program: Commander, args: readonly string[]): void {
  if (!args.includes('--help') && !args.includes('-h')) return
  const option = args.findIndex((each) => each.startsWith('-'))
  const words = args.slice(0, option)
  const depth = program.commands.find((each) => each.name() === words[0])?.commands.length === 0 ? 1 : 2
  nodeOf(program, words.slice(0, depth))
}

function root(name: string, version: string, quiet: boolean): Commander {
  return new Commander(name)
    .version(version, '-v, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what it takes)')
    .exitOverride()
    .configureOutput(
      quiet ? { writeErr: () => undefined, outputError: () => undefined } : { outputError: (text, write) => write(advised(text)) },
    )
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false, styleTitle: (text) => pc.bold(text) })
}

function groupNode(program: Commander, nodes: Map<string, Commander>, noun: string): Commander {
  const known = nodes.get(noun)
  if (known !== undefined) return known
  const made = program
    .command(noun)
    .description(nouns[noun] ?? noun)
    .exitOverride()
    .helpCommand(false)
  made.copyInheritedSettings(program)
  nodes.set(noun, made)
  return made
}

function addCommand(parent: Commander, name: string, command: Command, run: Runner): void {
  const node = parent.command(name).description(command.summary).exitOverride()
  for (const arg of command.args) node.addArgument(argumentOf(arg))
  for (const option of command.options) node.addOption(optionOf(option))
  for (const option of everywhere()) node.addOption(option)
  node.addHelpText('after', examplesText(command.examples))
  node.action(async () => {
    const options = node.opts()
    const args = Object.fromEntries(node.registeredArguments.map((argument, at) => [argument.name(), node.processedArgs[at]]))
    await run(command, new Line(args, options), globalOf(options, rootOf(node).opts()))
  })
}

const rootOf = (node: Commander): Commander => (node.parent === null ? node : rootOf(node.parent))

function argumentOf({ name, description, optional, many, choices }: ArgSpec): Argument {
  const syntax = `${name}${many === true ? '...' : ''}`
  const argument = new Argument(optional === true ? `[${syntax}]` : `<${syntax}>`, description)
  return choices === undefined ? argument : argument.choices([...choices])
}

function optionOf({ flags, description, choices, default: fallback, type }: OptionSpec): Option {
  const option = new Option(flags, description)
  if (choices !== undefined) option.choices([...choices])
  if (fallback !== undefined) option.default(fallback)
  if (type !== undefined) option.argParser((text: string) => parsed(readers[type], text))
  return option
}

const readers: Readonly<Record<NonNullable<OptionSpec['type']>, (text: string) => number>> = {
  whole: wholeNumber,
  number: plainNumber,
  port: portNumber,
}

function portNumber(text: string): number {
  const port = wholeNumber(text)
  if (port > 65_535) throw new UsageError(`${text} is not a port`)
  return port
}

function parsed(read: (text: string) => number, text: string): number {
  try {
    return read(text)
  } catch (error) {
    if (error instanceof UsageError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

function everywhere(): readonly Option[] {
  return globalOptions.map(({ env, ...spec }) => {
    const option = optionOf(spec).helpGroup('Everywhere:')
    return env === undefined ? option : option.env(env)
  })
}

/** An option behind the command comes before the same option in front of it. */
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
    // Commander shows the help where no command is named, and says so to itself alone.
    error.message === '(outputHelp)'
      ? 'no command is named'
      : advised(error.message)
          .replace(/^error: /, '')
          .replaceAll('\n', ' ')
          .trim(),
    {
      cause: error,
      facts: { usage: true },
      next: 'Add --help to see what the command takes.',
    },
  )

/** 0 for asked-for help and version, 2 for a wrong command line; `undefined` for any other error. */
export function usageExitCode(error: unknown): number | undefined {
  if (error instanceof UsageError) return 2
  if (!(error instanceof CommanderError)) return undefined
  return error.exitCode === 0 ? 0 : 2
}
