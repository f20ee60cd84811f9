import { UsageError } from './usage.ts'

/** The arguments and options of a command line by name. The parser has checked their shapes and choices. */
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

  /** The value of an option with choices. */
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

  /** The value of an argument, else of an option of that name, whatever its type. `undefined` for an empty list. */
  value(name: string): unknown {
    const value = this.#args[name] ?? this.#options[name]
    return Array.isArray(value) && value.length === 0 ? undefined : value
  }
}
