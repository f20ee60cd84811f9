/** A command of `sluice` as plain data: what help, completion and the parser need to know. */
export interface CommandSpec {
  /** `lake optimize`. */
  readonly path: string
  readonly summary: string
  readonly args: readonly ArgSpec[]
  readonly options: readonly OptionSpec[]
  readonly examples: readonly string[]
}

export interface ArgSpec {
  readonly name: string
  readonly description: string
  readonly optional?: true
  /** May be given several times. Only the last argument can. */
  readonly many?: true
  readonly choices?: readonly string[]
}

export interface OptionSpec {
  /** As commander writes them: `-o, --output <file>`, `--wait`, `--param <key=value...>`. */
  readonly flags: string
  readonly description: string
  readonly choices?: readonly string[]
  readonly default?: string | number | boolean
  /** Text unless given. */
  readonly type?: 'whole' | 'number' | 'port'
}

/** The name under which an option's value is found: `dryRun` of `--dry-run`, `wait` of `--no-wait`. */
export function nameOfOption({ flags }: Pick<OptionSpec, 'flags'>): string {
  const long = /--(?:no-)?([\w-]+)/.exec(flags)?.[1] ?? ''
  return long.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
