import { parseInstant } from '@sluice/core'

/** What stood on the command line, read by name. Commander has checked shapes and choices before. */
export class Given {
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

  number(name: string): number | undefined {
    const value = this.#options[name]
    return typeof value === 'number' ? value : undefined
  }

  list(name: string): readonly string[] {
    const value = this.#options[name]
    return Array.isArray(value) ? value.map(String) : []
  }
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new UsageError(`"${text}" is not a whole number`)
}

/** Epoch milliseconds of an ISO-8601 text; now without one. */
export function instantOf(text: string | undefined): number {
  if (text === undefined) return Date.now()
  const instant = parseInstant(text)
  if (instant === undefined) throw new UsageError(`"${text}" is no time: write 2026-11-20 or 2026-11-20T12:30:00Z`)
  return instant
}
