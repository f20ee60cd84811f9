import type { Role } from '@sluice/accounts/roles'
import type { z } from 'zod'

/** An object. The name of a field occurs once in an operation: the command line names a field and does not say where it travels. */
export type Schema = z.ZodType
export type None = z.ZodType<Record<never, never>>

/** What a caller of an operation needs to know: its name, its place, its input, who may call it. */
export interface Contract<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema> {
  /** `lake.optimize`, a noun and a verb: the method of the client, the id in the OpenAPI document, the command unless that has a path. */
  readonly name: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** Below `/api/v1`, parameters as `{name}`. */
  readonly path: string
  /** The least role of a user who may call it. The owner (key, login link, command line in process) may call everything. */
  readonly right: Role
  readonly summary: string
  /**
   * Of whatever is not a GET: how its row of the audit is written. `within`: in the transaction of the change. `around`: before the change
   * and again after it, since files and other databases share no transaction with the audit. `query`: likewise, of what a person typed and
   * only reads, or of a password that is handed out; the owner in process, who could read the files without us, leaves none.
   */
  readonly audit?: 'within' | 'around' | 'query'
  readonly params?: P
  readonly query?: Q
  readonly body?: B
}

/** Answers with one JSON document. */
export interface JsonContract<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema, Answer = unknown>
  extends Contract<P, Q, B> {
  readonly kind: 'json'
  readonly status: 200 | 201
  readonly answer: z.ZodType<Answer>
}

/** Answers with a stream of text or bytes. */
export interface StreamContract<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema> extends Contract<P, Q, B> {
  readonly kind: 'stream'
  readonly contentTypes: readonly string[]
}

type Optional<V, K extends keyof V> = Record<never, never> extends Pick<V, K> ? true : false

/** Query parameters travel as text. Callers give numbers and flags as they are; values from a list are checked at compile time. */
type Queried<V> = {
  readonly [K in keyof V]: QueryValue<V[K]> | (Optional<V, K> extends true ? undefined : never)
}
type QueryValue<T> = unknown extends T ? string | number : T extends 'true' | 'false' ? T | boolean : Exclude<T, undefined>

type Part<Name extends string, V> = keyof V extends never
  ? { readonly [N in Name]?: never }
  : Record<never, never> extends V
    ? { readonly [N in Name]?: V }
    : { readonly [N in Name]: V }

/** What a caller sends. An operation that takes a body always gets one, even an empty one. */
export type Input<P extends Schema, Q extends Schema, B extends Schema> = Part<'params', { readonly [K in keyof z.input<P>]: string }> &
  Part<'query', Queried<z.input<Q>>> &
  (keyof z.input<B> extends never ? { readonly body?: never } : { readonly body: z.input<B> }) & { readonly signal?: AbortSignal }

/** The input of an endpoint's type. */
export type InputOf<E> = E extends Contract<infer P, infer Q, infer B> ? Input<P, Q, B> : never
export type AnswerOf<E> = E extends { readonly answer: z.ZodType<infer Answer> } ? Answer : never

/** A parameter list: the input may be left out where none of it is needed. */
export type Given<I> = Record<never, never> extends I ? [input?: I] : [input: I]

/** Calls operations by their values, in this process or on a server. @throws the error that the operation throws */
export interface Calls {
  call<E extends JsonContract>(endpoint: E, ...input: Given<InputOf<E>>): Promise<AnswerOf<E>>
  stream<E extends StreamContract>(endpoint: E, ...input: Given<InputOf<E>>): Promise<ReadableStream<Uint8Array>>
}
