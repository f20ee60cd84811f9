import type { Role } from '@sluice/accounts/roles'
import type { z } from 'zod'

/** Of an object, whose fields have names that occur once in an operation: the command line names a field without saying where it travels. */
export type Schema = z.ZodType
export type None = z.ZodType<Record<never, never>>

/** What an operation is towards those who call it: its name, where it is, what it takes, who may. */
export interface Contract<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema> {
  /** `lake.optimize`: a noun and a verb. The client's method, the OpenAPI id, and the command unless that says otherwise. */
  readonly name: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** Below `/api/v1`, parameters as `{name}`. */
  readonly path: string
  /** The least role of a user who may call it. The owner (key, login link, command line in process) may call everything. */
  readonly right: Role
  readonly summary: string
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

/** Query parameters travel as text: numbers and flags are written as such, names of a list are checked. */
type Queried<V> = {
  readonly [K in keyof V]: QueryValue<V[K]> | (Optional<V, K> extends true ? undefined : never)
}
type QueryValue<T> = unknown extends T ? string | number : 'true' extends T ? Exclude<T, undefined> | boolean : Exclude<T, undefined>

type Part<Name extends string, V> = keyof V extends never
  ? { readonly [N in Name]?: never }
  : Record<never, never> extends V
    ? { readonly [N in Name]?: V }
    : { readonly [N in Name]: V }

/** What a caller sends. A body is sent even when it is empty, where the operation takes one. */
export type Input<P extends Schema, Q extends Schema, B extends Schema> = Part<'params', { readonly [K in keyof z.input<P>]: string }> &
  Part<'query', Queried<z.input<Q>>> &
  (keyof z.input<B> extends never ? { readonly body?: never } : { readonly body: z.input<B> }) & { readonly signal?: AbortSignal }

/** The same, seen from an endpoint's type. */
export type InputOf<E> = E extends Contract<infer P, infer Q, infer B> ? Input<P, Q, B> : never
export type AnswerOf<E> = E extends { readonly answer: z.ZodType<infer Answer> } ? Answer : never

/** The argument may be left out where nothing in it is needed. */
export type Given<I> = Record<never, never> extends I ? [input?: I] : [input: I]

/** Calls operations by their values, here or on a server. @throws what the operation throws, in its own words. */
export interface Calls {
  call<E extends JsonContract>(endpoint: E, ...input: Given<InputOf<E>>): Promise<AnswerOf<E>>
  stream<E extends StreamContract>(endpoint: E, ...input: Given<InputOf<E>>): Promise<ReadableStream<Uint8Array>>
}
