import type { z } from '@hono/zod-openapi'
import type { Role } from '@sluice/accounts'
import type { RunDetail } from '@sluice/engine'
import type { Endpoint, StreamEndpoint } from './endpoint.ts'
import { serverErrors } from './errors.ts'
import { fromProblem } from './problem.ts'
import type * as budgets from './resources/budgets.ts'
import type * as config from './resources/config.ts'
import type * as info from './resources/info.ts'
import type * as lake from './resources/lake.ts'
import type * as ledger from './resources/ledger.ts'
import type * as notifications from './resources/notifications.ts'
import type * as pipelines from './resources/pipelines.ts'
import type * as runs from './resources/runs.ts'
import type * as tasks from './resources/tasks.ts'
import type * as users from './resources/users.ts'
import type * as warehouse from './resources/warehouse.ts'

/** How requests travel: `fetch` to a server, or an app's own `request` in the same process. */
export type Transport = (path: string, init: RequestInit) => Promise<Response>

type Operation = Pick<StreamEndpoint, 'path' | 'method'> & {
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
}
type Sent<S> = S extends z.ZodType ? z.input<S> : never
type Query<E extends Operation> = { readonly [K in keyof Sent<E['query']>]?: string | number | boolean | undefined }
type Params<E extends Operation> = { readonly [K in keyof Sent<E['params']>]: string }
type AnswerOf<E> = E extends { readonly answer: z.ZodType<infer A> } ? A : never

/** Everything the API offers, typed by the endpoints themselves: a path, field or answer that changes there does not compile here. */
export type Client = ReturnType<typeof createClient>

export function createClient(transport: Transport) {
  const send = async (method: string, path: string, options: { params?: object; query?: object; body?: unknown; signal?: AbortSignal }) => {
    const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String((options.params as Record<string, unknown> | undefined)?.[name])),
    )
    const query = Object.entries(options.query ?? {}).filter(([, value]) => value !== undefined)
    const search =
      query.length === 0 ? '' : `?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, String(value)]))}`
    const response = await transport(`/api/v1${place}${search}`, {
      method: method.toUpperCase(),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body), headers: { 'content-type': 'application/json' } }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    if (response.ok) return response
    throw fromProblem(await response.json().catch(() => undefined), response.status)
  }

  /** The endpoint's type is named, its path is checked against it, its code is not loaded. */
  const call =
    <E extends Endpoint>(method: E['method'], path: E['path']) =>
    async (options: { params?: Params<E>; query?: Query<E>; body?: Sent<E['body']>; signal?: AbortSignal } = {}): Promise<AnswerOf<E>> =>
      (await (await send(method, path, options)).json()) as AnswerOf<E>

  const stream =
    <E extends Operation>(method: E['method'], path: E['path']) =>
    async (
      options: { params?: Params<E>; query?: Query<E>; body?: Sent<E['body']>; signal?: AbortSignal } = {},
    ): Promise<ReadableStream<Uint8Array>> =>
      (await send(method, path, options)).body ?? new ReadableStream({ start: (controller) => controller.close() })

  const followRun = stream<typeof runs.followRun>('get', '/runs/{run}/progress')
  const showRun = call<typeof runs.showRun>('get', '/runs/{run}')

  return {
    pipelines: {
      list: call<typeof pipelines.listPipelines>('get', '/pipelines'),
      show: call<typeof pipelines.showPipeline>('get', '/pipelines/{pipeline}'),
      change: call<typeof pipelines.changePipeline>('patch', '/pipelines/{pipeline}'),
      trigger: call<typeof pipelines.triggerPipeline>('post', '/pipelines/{pipeline}/runs'),
      backfill: call<typeof pipelines.backfillPipeline>('post', '/pipelines/{pipeline}/backfills'),
      errors: call<typeof pipelines.listDefinitionErrors>('get', '/definition-errors'),
    },
    runs: {
      list: call<typeof runs.listRuns>('get', '/runs'),
      show: showRun,
      cancel: call<typeof runs.cancelRun>('post', '/runs/{run}/cancel'),
      /** Resolves with the ended run; `onProgress` sees it as it changes. */
      async wait(run: string, options: { onProgress?: (run: RunDetail) => void; signal?: AbortSignal } = {}): Promise<RunDetail> {
        let latest: RunDetail | undefined
        const lines = await followRun({ params: { run }, ...(options.signal === undefined ? {} : { signal: options.signal }) })
        for await (const line of linesOf(lines)) {
          latest = JSON.parse(line) as RunDetail
          options.onProgress?.(latest)
        }
        options.signal?.throwIfAborted()
        return latest ?? (await showRun({ params: { run } }))
      },
    },
    tasks: {
      attempts: call<typeof tasks.listAttempts>('get', '/runs/{run}/tasks/{task}/attempts'),
      log: stream<typeof tasks.readTaskLog>('get', '/runs/{run}/tasks/{task}/log'),
      clear: call<typeof tasks.clearTask>('post', '/runs/{run}/tasks/{task}/clear'),
      mark: call<typeof tasks.markTask>('post', '/runs/{run}/tasks/{task}/mark'),
    },
    ledger: {
      list: call<typeof ledger.listLedger>('get', '/ledger'),
      rebuild: call<typeof ledger.rebuildLedger>('post', '/ledger/rebuild'),
    },
    lake: {
      tables: call<typeof lake.listLakeTables>('get', '/lake/tables'),
      history: call<typeof lake.lakeHistory>('get', '/lake/history'),
      read: stream<typeof lake.readLake>('get', '/lake/rows'),
      query: call<typeof lake.queryLake>('post', '/lake/{project}/query'),
      exportQuery: stream<typeof lake.exportQuery>('post', '/lake/{project}/query/rows'),
      optimize: call<typeof lake.optimizeTable>('post', '/lake/optimize'),
      vacuum: call<typeof lake.vacuumTable>('post', '/lake/vacuum'),
      restore: call<typeof lake.restoreTable>('post', '/lake/restore'),
      retain: call<typeof lake.retainLake>('post', '/lake/{project}/retain'),
      export: call<typeof lake.exportLake>('post', '/lake/exports'),
      verify: call<typeof lake.verifyExports>('post', '/lake/exports/verify'),
      restoreExport: call<typeof lake.restoreLakeExport>('post', '/lake/exports/restore'),
    },
    warehouse: {
      query: call<typeof warehouse.queryWarehouse>('post', '/warehouse/{project}/query'),
      queries: call<typeof warehouse.listQueries>('get', '/warehouse/{project}/queries'),
      runQuery: call<typeof warehouse.runQuery>('post', '/warehouse/{project}/queries/{query}'),
      migrate: call<typeof warehouse.migrateWarehouse>('post', '/warehouse/{project}/migrate'),
    },
    budgets: {
      plan: call<typeof budgets.planBudgets>('get', '/budgets/{project}/plan'),
      status: call<typeof budgets.listBudgets>('get', '/budgets/{project}/status'),
    },
    notifications: {
      list: call<typeof notifications.listNotifications>('get', '/notifications'),
      retry: call<typeof notifications.retryNotifications>('post', '/notifications/retry'),
    },
    users: {
      list: call<typeof users.listUsers>('get', '/users'),
      create: call<typeof users.createUser>('post', '/users'),
      change: call<typeof users.changeUser>('patch', '/users/{username}'),
      remove: call<typeof users.deleteUser>('delete', '/users/{username}'),
      /** Of whoever knows the present one. */
      async changeOwnPassword(body: { readonly username: string; readonly password: string; readonly newPassword: string }) {
        const headers = { 'content-type': 'application/json' }
        const response = await transport('/login/password', { method: 'POST', headers, body: JSON.stringify(body) })
        if (!response.ok) throw fromProblem(await response.json().catch(() => undefined), response.status)
        return (await response.json()) as { readonly username: string; readonly role: Role }
      },
    },
    config: {
      list: call<typeof config.listSettings>('get', '/config'),
      explain: call<typeof config.explainSetting>('get', '/config/{key}'),
    },
    info: call<typeof info.showInfo>('get', '/info'),
  }
}

/** Lines of a stream of UTF-8 text, without their ends. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** Requests to a server elsewhere. @throws `source.network` when it does not answer. */
export function httpTransport(url: string, token: string | undefined): Transport {
  const base = url.replace(/\/+$/, '')
  return async (path, init) => {
    const headers = new Headers(init.headers)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    try {
      return await fetch(`${base}${path}`, { ...init, headers })
    } catch (cause) {
      throw serverErrors.unreachable(`no answer from ${base}`, {
        facts: { url: base },
        cause,
        next: 'Check the address, and that "sluice start" runs there.',
      })
    }
  }
}
