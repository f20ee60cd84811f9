import { given, requestErrors } from '@sluice/core'
import { fromProblem } from './problem.ts'

/** How requests travel: `fetch` to a server, or an app's own `request` in the same process. */
export type Transport = (path: string, init: RequestInit) => Promise<Answer>

/** What is asked of an answer; a `Response` is one. */
export type Answer = Pick<Response, 'ok' | 'status' | 'json' | 'body'>

/** Where operations stand; what they are called below it is their own. */
export const apiBase = '/api/v1'

export interface At {
  readonly method: string
  /** Parameters as `{name}`. */
  readonly path: string
}

export interface Sent {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** The answer of an operation that gives one document. @throws what the server says went wrong, as the error it is. */
export async function json(transport: Transport, at: At, input?: Sent): Promise<unknown> {
  return await (await send(transport, at, input)).json()
}

/** The answer of an operation that gives a stream. @throws as `json` */
export async function stream(transport: Transport, at: At, input?: Sent): Promise<ReadableStream<Uint8Array>> {
  const { body } = await send(transport, at, input)
  return body ?? new ReadableStream({ start: (controller) => controller.close() })
}

async function send(transport: Transport, { method, path }: At, { params = {}, query = {}, body, signal }: Sent = {}): Promise<Answer> {
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(name, String(params[name])))
  const asked = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = asked.length === 0 ? '' : `?${new URLSearchParams(asked.map(([name, value]): [string, string] => [name, String(value)]))}`
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const init = { method: method.toUpperCase(), ...sent, ...given({ signal }) }
  return await accepted(await transport(`${apiBase}${place}${search}`, init))
}

/** A value as one part of a path. Nothing, or points alone, would lead to another operation: URLs leave them out of paths. */
function segment(name: string, value: string): string {
  if (!['', '.', '..'].includes(value)) return encodeURIComponent(value.toWellFormed())
  throw requestErrors.invalid(`"${value}" does not name a ${name}`, { facts: { [name]: value }, next: `Give the name of a ${name}.` })
}

export async function accepted(response: Answer): Promise<Answer> {
  if (response.ok) return response
  throw fromProblem(await response.json().catch(() => undefined), response.status)
}
