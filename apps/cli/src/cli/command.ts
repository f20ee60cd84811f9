import type { ArgSpec, CommandSpec, Line, OptionSpec } from '@sluice/serve/terminal'
import type { Context } from './context.ts'

/** One command of `sluice` as a plain value. */
export interface Command extends CommandSpec {
  /** The exit code: 0 when it gives none. */
  run(context: Context, line: Line): Promise<number | undefined>
}

/** A command of this machine, which no operation stands behind. Its file imports nothing heavy: that waits until `run`. */
export const command = (
  definition: Omit<Command, 'args' | 'options'> & { readonly args?: readonly ArgSpec[]; readonly options?: readonly OptionSpec[] },
): Command => Object.freeze({ args: [], options: [], ...definition })
