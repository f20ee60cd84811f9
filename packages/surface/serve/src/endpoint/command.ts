import type { Line } from './line.ts'
import type { ArgSpec, OptionSpec } from './spec.ts'
import type { Terminal } from './terminal.ts'

/** @typeParam Field the fields of the operation's input, wherever they travel. */
interface Spoken<Field extends string> {
  /** `notify list`; the operation's name with a space unless given. */
  readonly path?: string
  /** Where several commands lead to the operation; its own summary unless given. */
  readonly summary?: string
  /** What is given by its place: fields of the input, or what `input` and `run` make something of. */
  readonly args?: readonly (Field | ArgOf<Field> | ArgSpec)[]
  /** Fields offered as options: all that are no argument unless given. `project` and `cursor` never are. */
  readonly fields?: readonly Field[]
  /** How options differ from what the fields say of themselves. */
  readonly change?: { readonly [Name in Field]?: Partial<OptionSpec> }
  /** Options besides those of the fields. */
  readonly options?: readonly OptionSpec[]
  /** With names that exist in this repository, or of the right form. */
  readonly examples: readonly string[]
}

/** A field as an argument that differs from what the field says of itself. */
export interface ArgOf<Field extends string> extends Partial<Omit<ArgSpec, 'optional'>> {
  readonly field: Field
  /** Whether the command does without, whatever the operation does. */
  readonly optional?: boolean
}

/** What is known of a call besides its answer. */
export interface Called<Input> {
  readonly input: Input
  readonly now: number
}

/** Calls its operation once and shows the answer: arguments and options become the input by their names. */
export interface PlainCommand<Field extends string, Input, Part, Answer> extends Spoken<Field> {
  /** What the command always sends. */
  readonly fixed?: Part
  /** What is sent and does not stand on the line under its own name. */
  input?(terminal: Terminal, line: Line): Promise<Part> | Part
  /** Adds `--yes`, which answers the question; nothing is asked where there is none. */
  readonly confirm?: Confirmation<Input>
  /** @throws `UsageError` for what the line may not say. */
  before?(terminal: Terminal, input: Input): Promise<void> | void
  /** The result for programs: the items of a page, else the answer, unless given. */
  value?(answer: Answer, called: Called<Input>): unknown
  show(answer: Answer, called: Called<Input>): string
  /** What a person wants to know beside the result. */
  after?(terminal: Terminal, answer: Answer, input: Input): Promise<void> | void
  /** The exit code: 0 unless given. */
  exit?(answer: Answer): number
}

export interface Confirmation<Input> {
  /** What `--yes` means. */
  readonly yes: string
  question(input: Input): string | undefined
}

/** Makes more than one call. */
export interface MadeCommand<Field extends string, Send> extends Spoken<Field> {
  /** `send` calls the operation itself. The exit code: 0 when it gives none. */
  run(terminal: Terminal, line: Line, send: Send): Promise<number | undefined>
}

export type OperationCommand<Field extends string, Input, Part, Answer, Send> =
  | (PlainCommand<Field, Input, Part, Answer> & { readonly run?: never })
  | (MadeCommand<Field, Send> & { readonly show?: never })

/** Of whatever operation. */
export type AnyCommand = OperationCommand<string, never, object, never, never>
