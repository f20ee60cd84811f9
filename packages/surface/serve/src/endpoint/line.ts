import { UsageError } from './usage.ts'

/** What stood on the command line, read by name. Shapes and choices have been checked before. */
export class Line {
  readonly #args: Readonly<Record<string, unknown>>
  readonly #options: Readonly<Record<string, unknown>>

  constructor(args: Readonly<Record<string, unknown>>, options: Readonly<Record<string, unknown>>) {
    this.#args = args
    this.#options = options
  }

  /** A needed argument. */
  arg(name: string): string {
    const value = this.#args[name]
    if (typeof value !== 'string') throw new UsageError(`missing argument <${name}>`)
    return value
  }

  optionalArg(name: string): string | undefined {
    const value = this.#args[name]
    return typeof value === 'string' ? value : undefined
  }

  /** All of an argument that may be given several times. */
  args(name: string): readonly string[] {
    const value = this.#args[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  flag(name: string): boolean {
    return this.#options[name] === true
  }

  text(name: string): string | undefined {
    const value = this.#options[name]
    return typeof value === 'string' ? value : undefined
  }

  /** An option with choices, which were checked before. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    return choices.find((each) => each === this.#options[name])
  }

  number(name: string): number | undefined {
    const value = this.#options[name]
    return typeof value === 'number' ? value : undefined
  }

  list(name: string): readonly string[] {
    const value = this.#options[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  /** The value as it was read, whatever it is: an argument or, where there is none of the name, an option. Nothing for an empty list. */
  value(name: string): unknown {
    const value = this.#args[name] ?? this.#options[name]
    return Array.isArray(value) && value.length === 0 ? undefined : value
  }
}
