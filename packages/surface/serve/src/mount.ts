import { createRoute, type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { AccessVariables } from './access/access.ts'
import type { AnyEndpoint, Call, Streamed } from './endpoint.ts'
import { problemSchema } from './schemas/problem.ts'
import type { Services } from './services.ts'

export type App = OpenAPIHono<{ Variables: AccessVariables }>

export const apiBase = '/api/v1'

export interface MountOptions {
  /** Parses each answer by its schema before it is sent: for tests, where a document that lies shall fail. */
  readonly verifyAnswers: boolean
}

/** Adds a route, and its part of the OpenAPI document, for each endpoint. */
export function mount(app: App, services: Services, endpoints: readonly AnyEndpoint[], options: MountOptions): void {
  for (const endpoint of endpoints) {
    app.openapi(routeOf(endpoint), async (context): Promise<Response> => {
      const call = callOf(endpoint, context)
      if (endpoint.kind === 'stream') return streamed(await endpoint.handle(services, call))
      const answer = await endpoint.handle(services, call)
      if (options.verifyAnswers) endpoint.answer.parse(answer)
      return Response.json(answer, { status: endpoint.status })
    })
  }
}

function callOf(endpoint: AnyEndpoint, context: Context<{ Variables: AccessVariables }>): Call<unknown, unknown, unknown> {
  const request = context.req as { valid(target: 'param' | 'query' | 'json'): unknown }
  return {
    params: endpoint.params === undefined ? {} : request.valid('param'),
    query: endpoint.query === undefined ? {} : request.valid('query'),
    body: endpoint.body === undefined ? {} : request.valid('json'),
    caller: context.var.caller,
    signal: context.req.raw.signal,
  }
}

function routeOf(endpoint: AnyEndpoint) {
  const responses: RouteConfig['responses'] = {
    ...answersOf(endpoint),
    default: { description: 'What went wrong (RFC 9457).', content: { 'application/problem+json': { schema: problemSchema } } },
  }
  const request: RouteConfig['request'] = {
    ...(endpoint.params === undefined ? {} : { params: endpoint.params as z.ZodObject }),
    ...(endpoint.query === undefined ? {} : { query: endpoint.query as z.ZodObject }),
    ...(endpoint.body === undefined ? {} : { body: { content: { 'application/json': { schema: endpoint.body } }, required: true } }),
  }
  return createRoute({
    method: endpoint.method,
    path: `${apiBase}${endpoint.path}`,
    operationId: operationId(endpoint),
    tags: [endpoint.tag],
    summary: endpoint.summary,
    security: [{ token: [] }, { session: [] }],
    request,
    // Their types are the endpoint's business; towards Hono a handler simply gives a Response.
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

/** `get_pipelines_by_pipeline`: from method and path, so that it is unique and stays. */
const operationId = ({ method, path }: AnyEndpoint): string =>
  [
    method,
    ...path
      .split('/')
      .filter((part) => part !== '')
      .map((part) => part.replace(/^\{(.*)\}$/, 'by_$1').replaceAll('-', '_')),
  ].join('_')

function streamed({ contentType, fileName, chunks }: Streamed): Response {
  const encoder = new TextEncoder()
  const iterator = chunks[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': contentType,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...(fileName === undefined ? {} : { 'content-disposition': `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"` }),
    },
  })
}
