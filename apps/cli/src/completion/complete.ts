import { type ArgSpec, type CommandSpec, nameOfOption, type OptionSpec } from '@sluice/serve/terminal'

/** What may be typed at the cursor. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly Word[] }
  | { readonly kind: 'files' }
  /** Names that only the platform knows. `of` is the name of the argument or option. */
  | {
      readonly kind: 'names'
      readonly of: string
      readonly known: Known
      /** What stands before the name in the same word: `--run=`. */
      readonly behind?: string
    }

export interface Word {
  readonly word: string
  readonly about: string
}

/** Arguments and options that are on the line already: names may depend on them. */
export interface Known {
  readonly args: Readonly<Partial<Record<string, string>>>
  readonly options: Readonly<Partial<Record<string, string>>>
}

export interface Tree {
  readonly commands: readonly CommandSpec[]
  /** Noun -> what it is about. */
  readonly nouns: Readonly<Record<string, string>>
  /** Options that every command takes. */
  readonly everywhere: readonly OptionSpec[]
}

const help: OptionSpec = { flags: '-h, --help', description: 'what there is, or what the command takes' }

/** What may replace the last word, which may be empty. Pure. */
export function complete(tree: Tree, words: readonly string[]): Completion {
  const current = words.at(-1) ?? ''
  const line = readLine(tree, words.slice(0, -1))
  const { command, noun, given, open, known } = line
  const options = [...(command?.options ?? []), ...tree.everywhere, help]
  if (open !== undefined) return valueFor(open, current, known)
  const [flag = '', value] = assigned(current)
  const option = value === undefined ? undefined : options.find((each) => takesValue(each) && flagsOf(each.flags).includes(flag))
  if (option !== undefined) return behind(`${flag}=`, valueFor(option, value ?? '', known))
  if (current.startsWith('-')) return optionsThatFit(options, given, current)
  if (command === undefined) return starting(current, noun === undefined ? firstWords(tree) : verbsOf(tree, noun))
  const arg = command.args[Math.min(line.places, command.args.length - 1)]
  if (arg === undefined || (line.places >= command.args.length && arg.many !== true)) return { kind: 'words', words: [] }
  return argumentOf(arg, current, known)
}

/** `--run=x` as its flag and its value; any other word alone. */
const assigned = (word: string): readonly string[] => /^(--[\w-]+)=(.*)$/s.exec(word)?.slice(1) ?? [word]

function behind(prefix: string, completion: Completion): Completion {
  if (completion.kind === 'names') return { ...completion, behind: prefix }
  if (completion.kind === 'files') return completion
  return { kind: 'words', words: completion.words.map(({ word, about }) => ({ word: `${prefix}${word}`, about })) }
}

interface Line {
  readonly noun: string | undefined
  readonly command: CommandSpec | undefined
  /** The number of arguments on the line. */
  readonly places: number
  /** The long options on the line. */
  readonly given: ReadonlySet<string>
  /** The option whose value comes next. */
  readonly open: OptionSpec | undefined
  readonly known: Known
}

function readLine(tree: Tree, words: readonly string[]): Line {
  let noun: string | undefined
  let command: CommandSpec | undefined
  let places = 0
  let open: OptionSpec | undefined
  const given = new Set<string>()
  const args: Record<string, string> = {}
  const options: Record<string, string> = {}
  for (const word of words) {
    if (open !== undefined) {
      options[nameOfOption(open)] = word
      open = undefined
    } else if (word.startsWith('-')) {
      const [flag = '', value] = assigned(word)
      const option = [...(command?.options ?? []), ...tree.everywhere].find(({ flags }) => flagsOf(flags).includes(flag))
      given.add(option === undefined ? word : longOf(option))
      if (option === undefined || !takesValue(option)) continue
      if (value === undefined) open = option
      else options[nameOfOption(option)] = value
    } else if (command !== undefined) {
      const arg = command.args[places++]
      if (arg !== undefined) args[arg.name] = word
    } else {
      command = tree.commands.find(({ path }) => path === (noun === undefined ? word : `${noun} ${word}`))
      if (command === undefined) noun ??= word
    }
  }
  return { noun, command, places, given, open, known: { args, options } }
}

const flagsOf = (flags: string): readonly string[] => flags.match(/--?[\w-]+/g) ?? []
const longOf = ({ flags }: OptionSpec): string => flagsOf(flags).at(-1) ?? flags
const takesValue = ({ flags }: OptionSpec): boolean => /<[^>]+>/.test(flags)

function firstWords({ commands, nouns }: Tree): readonly Word[] {
  const single = commands.filter(({ path }) => !path.includes(' ')).map(({ path, summary }) => ({ word: path, about: summary }))
  return [...single, ...Object.entries(nouns).map(([word, about]) => ({ word, about }))]
}

const verbsOf = ({ commands }: Tree, noun: string): readonly Word[] =>
  commands
    .filter(({ path }) => path.startsWith(`${noun} `))
    .map(({ path, summary }) => ({ word: path.slice(noun.length + 1), about: summary }))

/** An option that may be given several times is offered again. */
const optionsThatFit = (options: readonly OptionSpec[], given: ReadonlySet<string>, current: string): Completion =>
  starting(
    current,
    options
      .filter((option) => !given.has(longOf(option)) || option.flags.includes('...'))
      .map((option) => ({ word: longOf(option), about: option.description })),
  )

function valueFor(option: OptionSpec, current: string, known: Known): Completion {
  if (option.choices !== undefined) return starting(current, option.choices.map(plain))
  if (option.flags.includes('<file>')) return { kind: 'files' }
  return option.type === undefined ? { kind: 'names', of: nameOfOption(option), known } : { kind: 'words', words: [] }
}

function argumentOf({ name, choices }: ArgSpec, current: string, known: Known): Completion {
  if (choices !== undefined) return starting(current, choices.map(plain))
  return name === 'dataset-or-path' && /[/\\]/.test(current) ? { kind: 'files' } : { kind: 'names', of: name, known }
}

const plain = (word: string): Word => ({ word, about: '' })

const starting = (current: string, words: readonly Word[]): Completion => ({
  kind: 'words',
  words: words.filter(({ word }) => word.startsWith(current)),
})
