import { createRoute, type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import type { By } from '@sluice/accounts'
import { projectsWith } from '@sluice/accounts/grants'
import { given } from '@sluice/core'
import type { Context } from 'hono'
import { type AnyEndpoint, type Call, nounOf } from '../endpoint/endpoint.ts'
import { JsonText } from '../endpoint/json-text.ts'
import { problemSchema } from '../schemas/problem.ts'
import type { ServerServices } from '../services.ts'
import { apiBase } from '../wire/send.ts'
import { type AccessWatch, lookMs, watchAccess } from './access-ends.ts'
import { type Acted, detailsOf, type TrailVariables } from './audit-trail.ts'
import { scopeOf } from './scope.ts'
import { bodyOf, type OnEnd, streamed } from './streamed.ts'
import { refuseUnfitJson } from './whole-text.ts'

export type App = OpenAPIHono<{ Variables: TrailVariables }>

export interface MountOptions {
  /** Parses each answer by its schema before it is sent. For tests: an answer that the document does not describe fails there. */
  readonly verifyAnswers: boolean
  /** How often the access of whoever reads a stream is looked at. Default: every 10 s. */
  readonly lookMs?: number | undefined
}

/** Adds a route, and its part of the OpenAPI document, for each endpoint. */
export function mount(app: App, services: ServerServices, endpoints: readonly AnyEndpoint[], options: MountOptions): void {
  for (const endpoint of endpoints) {
    const details = detailsOf(endpoint)
    app.openapi(routeOf(endpoint), async (context): Promise<Response> => {
      const given = inputOf(endpoint, context)
      const { caller, callerNow, trail } = context.var
      trail?.describe({ project: null, details: details(given) })
      const project = await scopeOf(endpoint, services, given, caller)
      if (project !== null) trail?.describe({ project, details: details(given) })
      const { signal } = context.req.raw
      const act = async (by: By, told?: OnEnd): Promise<Acted> => {
        // Valid by the endpoint's own schemas.
        const call = { ...given, caller, by, signal, projects: projectsWith(caller.grants, endpoint.right) }
        if (endpoint.kind === 'stream') {
          const watch = watchAccess(caller, callerNow, options.lookMs ?? lookMs)
          const open = (ends: AbortSignal) => endpoint.handle(services, { ...call, signal: ends } as never)
          return { response: await streamed(open, signal, watch, told), goesOn: true }
        }
        const watch = endpoint.audit === 'query' ? watchAccess(caller, callerNow, options.lookMs ?? lookMs) : unwatched()
        const asked = { ...call, signal: AbortSignal.any([signal, watch.signal]) }
        return await answered(endpoint, services, asked, { watch, verify: options.verifyAnswers, told })
      }
      const { audit } = endpoint
      return audit === undefined || trail === undefined ? (await act({ actor: caller.actor })).response : await trail.carry(audit, act)
    })
  }
}

function inputOf(
  endpoint: AnyEndpoint,
  context: Context<{ Variables: TrailVariables }>,
): Pick<Call<object, object, object>, 'params' | 'query' | 'body'> {
  const request = context.req as { valid(target: 'param' | 'query' | 'json'): object }
  const body = endpoint.body === undefined ? {} : request.valid('json')
  refuseUnfitJson(body)
  return {
    params: endpoint.params === undefined ? {} : request.valid('param'),
    query: endpoint.query === undefined ? {} : request.valid('query'),
    body,
  }
}

function routeOf(endpoint: AnyEndpoint) {
  const responses: RouteConfig['responses'] = {
    ...answersOf(endpoint),
    default: { description: 'What went wrong (RFC 9457).', content: { 'application/problem+json': { schema: problemSchema } } },
  }
  const { params, query, body } = endpoint
  const request = given({
    params: params as z.ZodObject | undefined,
    query: query as z.ZodObject | undefined,
    body: body === undefined ? undefined : { content: { 'application/json': { schema: body } }, required: true },
  })
  return createRoute({
    method: endpoint.method,
    path: `${apiBase}${endpoint.path}`,
    operationId: endpoint.name,
    tags: [nounOf(endpoint)],
    summary: endpoint.summary,
    'x-least-role': endpoint.right,
    security: [{ token: [] }, { session: [] }],
    request,
    // The endpoint types its answers; for Hono a handler gives a Response.
    responses: responses as Record<number, { description: string }>,
  })
}

function answersOf(endpoint: AnyEndpoint): RouteConfig['responses'] {
  if (endpoint.kind === 'json') {
    return { [endpoint.status]: { description: 'Done.', content: { 'application/json': { schema: endpoint.answer } } } }
  }
  return {
    200: { description: 'A stream.', content: Object.fromEntries(endpoint.contentTypes.map((type) => [type, { schema: z.string() }])) },
  }
}

type JsonEndpoint = Extract<AnyEndpoint, { readonly kind: 'json' }>

/** The answer as JSON. One that is passed on as it comes ends with the access of its reader, as a stream does. */
async function answered(
  endpoint: JsonEndpoint,
  services: ServerServices,
  call: object,
  { watch, verify, told }: { readonly watch: AccessWatch; readonly verify: boolean; readonly told: OnEnd | undefined },
): Promise<Acted> {
  let answer: unknown
  try {
    answer = await endpoint.handle(services, call as never)
  } catch (error) {
    watch[Symbol.dispose]()
    throw error
  }
  if (answer instanceof JsonText && !verify) return { response: passedOn(answer, endpoint.status, watch, told), goesOn: true }
  watch[Symbol.dispose]()
  const value = answer instanceof JsonText ? await answer.read() : answer
  if (verify) endpoint.answer.parse(value)
  return { response: Response.json(value, { status: endpoint.status }), goesOn: false }
}

/** What does not cost as much as its caller says is over before anybody's access could be looked at again. */
const unwatched = (): AccessWatch => ({ signal: new AbortController().signal, [Symbol.dispose]: () => undefined })

function passedOn({ pieces }: JsonText, status: number, watch: AccessWatch, told: OnEnd | undefined): Response {
  const iterator = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]()
  return new Response(bodyOf(iterator, watch, told), { status, headers: { 'content-type': 'application/json' } })
}
