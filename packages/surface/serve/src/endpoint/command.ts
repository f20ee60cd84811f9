import type { Line } from './line.ts'
import type { ArgSpec, OptionSpec } from './spec.ts'
import type { Terminal } from './terminal.ts'

/** @typeParam Field the fields of the operation's input, wherever they travel. */
interface Spoken<Field extends string> {
  /** `notify list`; the operation's name with a space unless given. */
  readonly path?: string
  /** The operation's own summary unless given: needed where several commands lead to one operation. */
  readonly summary?: string
  /** Arguments in their order: fields of the input, or others that `input` or `run` reads. */
  readonly args?: readonly (Field | ArgOf<Field> | ArgSpec)[]
  /** The fields that are options: all that are not arguments, unless given. `project` and `cursor` are left out of those. */
  readonly fields?: readonly Field[]
  /** Changes what is derived from the schema of a field: flags, description, default. */
  readonly change?: { readonly [Name in Field]?: Partial<OptionSpec> }
  /** Options besides those of the fields. */
  readonly options?: readonly OptionSpec[]
  /** Whether this process does the work itself, as the local owner, although a server runs on this state. `--url` comes before it. */
  inOwnProcess?(line: Line): boolean
  /** They name pipelines, datasets and projects of this repository; ids of runs have the right form. */
  readonly examples: readonly string[]
}

/** A field that is an argument, with what differs from its schema. */
export interface ArgOf<Field extends string> extends Partial<Omit<ArgSpec, 'optional'>> {
  readonly field: Field
  /** Whether the argument may be left out, although the operation needs the field. */
  readonly optional?: boolean
}

/** The call that gave an answer. */
export interface Called<Input> {
  readonly input: Input
  readonly now: number
}

/** A command that calls its operation once and shows the answer. Arguments and options become fields of the input by their names. */
export interface PlainCommand<Field extends string, Input, Part, Answer> extends Spoken<Field> {
  /** What the command always sends. */
  readonly fixed?: Part
  /** Computes fields of the input that are not on the line under their own names. */
  input?(terminal: Terminal, line: Line): Promise<Part> | Part
  /** Adds the option `--yes`, which answers the question. Without a question nothing is asked. */
  readonly confirm?: Confirmation<Input>
  /** Runs before the call. @throws `UsageError` for a line that is wrong */
  before?(terminal: Terminal, input: Input): Promise<void> | void
  /** The result under `--json`. Unless given: the items of a page, else the whole answer. */
  value?(answer: Answer, called: Called<Input>): unknown
  show(answer: Answer, called: Called<Input>): string
  /** Writes notes beside the result. */
  after?(terminal: Terminal, answer: Answer, input: Input): Promise<void> | void
  /** The exit code: 0 unless given. */
  exit?(answer: Answer): number
}

export interface Confirmation<Input> {
  /** What `--yes` means. */
  readonly yes: string
  question(input: Input): string | undefined
}

/** A command that makes more than one call. */
export interface MadeCommand<Field extends string, Send> extends Spoken<Field> {
  /** `send` calls the operation itself. The exit code: 0 when it gives none. */
  run(terminal: Terminal, line: Line, send: Send): Promise<number | undefined>
}

export type OperationCommand<Field extends string, Input, Part, Answer, Send> =
  | (PlainCommand<Field, Input, Part, Answer> & { readonly run?: never })
  | (MadeCommand<Field, Send> & { readonly show?: never })

/** A command of any operation. */
export type AnyCommand = OperationCommand<string, never, object, never, never>
