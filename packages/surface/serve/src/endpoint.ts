import type { z } from '@hono/zod-openapi'
import type { Caller } from './access/caller.ts'
import type { Services } from './services.ts'

/** What a handler is given: the validated input, who asks, and when they stop listening. */
export interface Call<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly caller: Caller
  readonly signal: AbortSignal
}

type Schema = z.ZodType
type Empty = z.ZodType<Record<never, never>>

interface Base<Path extends string, P extends Schema, Q extends Schema, B extends Schema> {
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** Below `/api/v1`, parameters as `{name}`. */
  readonly path: Path
  readonly tag: string
  readonly summary: string
  readonly params?: P
  readonly query?: Q
  readonly body?: B
}

/**
 * One operation of the API as a plain value: where it is, what it takes and gives, what it does. `mount` makes routes and the OpenAPI
 * document of a list of them, the client takes its types from them; neither can drift from the other.
 */
export interface Endpoint<
  Path extends string = string,
  P extends Schema = Schema,
  Q extends Schema = Schema,
  B extends Schema = Schema,
  Answer = unknown,
> extends Base<Path, P, Q, B> {
  readonly kind: 'json'
  readonly status: 200 | 201
  readonly answer: z.ZodType<Answer>
  handle(services: Services, call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer>
}

/** An operation whose answer is a stream of text or bytes. */
export interface StreamEndpoint<
  Path extends string = string,
  P extends Schema = Schema,
  Q extends Schema = Schema,
  B extends Schema = Schema,
> extends Base<Path, P, Q, B> {
  readonly kind: 'stream'
  readonly contentTypes: readonly string[]
  handle(services: Services, call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Streamed>
}

export interface Streamed {
  readonly contentType: string
  /** Offered file name, for downloads. */
  readonly fileName?: string
  readonly chunks: AsyncIterable<Uint8Array | string>
}

export type AnyEndpoint = Endpoint | StreamEndpoint

export const endpoint = <const Path extends string, Answer, P extends Schema = Empty, Q extends Schema = Empty, B extends Schema = Empty>(
  definition: Omit<Endpoint<Path, P, Q, B, Answer>, 'kind' | 'status'> & { readonly status?: 200 | 201 },
): Endpoint<Path, P, Q, B, Answer> => Object.freeze({ status: 200, ...definition, kind: 'json' })

export const streamEndpoint = <const Path extends string, P extends Schema = Empty, Q extends Schema = Empty, B extends Schema = Empty>(
  definition: Omit<StreamEndpoint<Path, P, Q, B>, 'kind'>,
): StreamEndpoint<Path, P, Q, B> => Object.freeze({ ...definition, kind: 'stream' })
