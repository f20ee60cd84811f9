import type { Context } from './context.ts'
import type { Given } from './given.ts'

export interface OptionDefinition {
  /** As commander writes them: `-o, --output <file>`, `--wait`, `--param <key=value...>`. */
  readonly flags: string
  readonly description: string
  readonly choices?: readonly string[]
  readonly default?: string | number | boolean
  readonly parse?: (text: string) => string | number
}

/** One command of `sluice` as a plain value. Its file imports nothing heavy: that waits until `run`. */
export interface Command {
  /** `pipelines trigger`. */
  readonly path: string
  readonly summary: string
  /** `<needed>`, `[optional]`, each with what it is. */
  readonly args?: Readonly<Record<string, string>>
  readonly options?: readonly OptionDefinition[]
  readonly examples: readonly string[]
  /** The exit code: 0 when it gives none. */
  run(context: Context, given: Given): Promise<number | undefined>
}

export const command = (definition: Command): Command => Object.freeze(definition)
