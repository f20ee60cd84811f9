import type { By } from '@sluice/accounts'
import type { z } from 'zod'
import type { ServerServices } from '../services.ts'
import type { Caller } from './caller.ts'
import type { AnyCommand, OperationCommand } from './command.ts'
import type { Contract, Input, JsonContract, None, Schema, StreamContract } from './contract.ts'
import type { JsonText } from './json-text.ts'
import type { Visible } from './visible.ts'

/**
 * Where the right must hold. `platform`: everywhere. `projects`: in one project at least, and the answer is about no more than `projects`
 * of the call. Else in the project that the function finds, which asks for it as the handler does.
 */
export type Scope<P, Q, B> =
  | 'platform'
  | 'projects'
  | ((services: ServerServices, input: Pick<Call<P, Q, B>, 'params' | 'query' | 'body'>) => string | Promise<string>)

/** What a handler is given: the validated input, who asks, and when they stop listening. */
export interface Call<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly caller: Caller
  /** To be handed to whatever changes something: by whose order, and what is recorded with the change. */
  readonly by: By
  readonly signal: AbortSignal
  /** Those in which the caller has the right of the operation. */
  readonly projects: Visible
}

type CallOf<P extends Schema, Q extends Schema, B extends Schema> = Call<z.output<P>, z.output<Q>, z.output<B>>

type FieldOf<P extends Schema, Q extends Schema, B extends Schema> = (keyof z.input<P> | keyof z.input<Q> | keyof z.input<B>) & string
type PartOf<I> = { readonly [K in keyof I]?: Partial<NonNullable<I[K]>> }
type CommandOf<P extends Schema, Q extends Schema, B extends Schema, Answer> = OperationCommand<
  FieldOf<P, Q, B>,
  Input<P, Q, B>,
  PartOf<Input<P, Q, B>>,
  Answer,
  (input: Input<P, Q, B>) => Promise<Answer>
>
type Commands<C> = C | readonly C[]

/**
 * One operation as a plain value: its name, what it takes and gives, who may call it, what it does, and how a terminal shows it. Routes,
 * OpenAPI document, client, rights, commands, their help and their completion are derived from a list of these values.
 */
export interface Endpoint<P extends Schema, Q extends Schema, B extends Schema, Answer> extends JsonContract<P, Q, B, Answer> {
  /** The answer, or its JSON where that is made already. */
  handle(services: ServerServices, call: CallOf<P, Q, B>): Promise<Answer | JsonText>
  readonly scope: Scope<z.output<P>, z.output<Q>, z.output<B>>
  readonly terminal?: Commands<CommandOf<P, Q, B, Answer>>
}

/** An operation whose answer is a stream of text or bytes. */
export interface StreamEndpoint<P extends Schema, Q extends Schema, B extends Schema> extends StreamContract<P, Q, B> {
  readonly scope: Scope<z.output<P>, z.output<Q>, z.output<B>>
  handle(services: ServerServices, call: CallOf<P, Q, B>): Promise<Streamed>
  readonly terminal?: Commands<CommandOf<P, Q, B, ReadableStream<Uint8Array>>>
}

export interface Streamed {
  readonly contentType: string
  /** Offered file name, for downloads. */
  readonly fileName?: string
  readonly chunks: AsyncIterable<Uint8Array | string>
}

/** An endpoint with any input. Whoever calls `handle` has validated the input by the endpoint's schemas. */
export type AnyEndpoint = (
  | (JsonContract & { handle(services: ServerServices, call: never): Promise<unknown> })
  | (StreamContract & { handle(services: ServerServices, call: never): Promise<Streamed> })
) & {
  readonly scope: 'platform' | 'projects' | ((services: ServerServices, input: never) => string | Promise<string>)
} & { readonly terminal?: Commands<AnyCommand> }

export const endpoint = <Answer, P extends Schema = None, Q extends Schema = None, B extends Schema = None>(
  definition: Omit<Endpoint<P, Q, B, Answer>, 'kind' | 'status'> & { readonly status?: 200 | 201 },
): Endpoint<P, Q, B, Answer> => Object.freeze({ status: 200, ...definition, kind: 'json' })

export const streamEndpoint = <P extends Schema = None, Q extends Schema = None, B extends Schema = None>(
  definition: Omit<StreamEndpoint<P, Q, B>, 'kind'>,
): StreamEndpoint<P, Q, B> => Object.freeze({ ...definition, kind: 'stream' })

/** The commands that lead to an operation: none, one or several. */
export function commandsOf({ terminal }: Pick<AnyEndpoint, 'terminal'>): readonly AnyCommand[] {
  if (terminal === undefined) return []
  return 'examples' in terminal ? [terminal] : terminal
}

/** `lake optimize`. */
export const pathOf = ({ name }: Contract, command: AnyCommand): string => command.path ?? name.replace('.', ' ')

/** `lake` of `lake.optimize`. */
export const nounOf = ({ name }: Pick<Contract, 'name'>): string => name.split('.')[0] ?? name
