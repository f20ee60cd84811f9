import { stripVTControlCharacters } from 'node:util'
import { requestErrors } from '@sluice/core'
import type { Context } from 'hono'
import type { Access } from '../access/access.ts'
import { loginPage } from '../access/login-page.ts'
import { type Client, createClient } from '../client/client.ts'
import type { Caller } from '../endpoint/caller.ts'
import { logLine, readLogLine } from '../format/log-line.ts'
import type { UsersApi } from '../services.ts'
import { linesOf } from '../wire/lines-of.ts'
import type { App } from './mount.ts'
import { failedOf, type Overview, runsInNeed } from './overview-facts.ts'
import { logPage, overviewPage, runPage, type Viewer } from './overview-page.ts'

const mostNeeds = 10
const mostSettled = 5
const logLines = 500
const logBytes = 262_144

/**
 * The pages until the console comes: what runs, what failed, and a way in. They are made of the answers of the API to whoever asks, so
 * that they show nobody more than the API does.
 */
export function mountOverview(app: App, users: UsersApi, access: Access): void {
  const pageFor = async (context: Context, draw: (client: Client, viewer: Viewer) => Promise<string>): Promise<Response> => {
    const caller = await callerOrNobody(access.callerOf(context, users))
    if (caller === undefined) return context.html(loginPage(), context.req.path === '/' ? 200 : 401)
    return context.html(await draw(clientOf(app, context), { name: caller.username ?? 'the owner', now: Date.now() }))
  }
  app.get('/', (context) => pageFor(context, async (client, viewer) => overviewPage(await overviewOf(client), viewer)))
  app.get('/runs/:run', (context) =>
    pageFor(context, async (client, viewer) => runPage(await client.runs.show({ params: { run: context.req.param('run') } }), viewer)),
  )
  app.get('/runs/:run/tasks/:task', (context) =>
    pageFor(context, async (client, viewer) => {
      const { run, task } = context.req.param()
      const lines: string[] = []
      const folders = Object.values((await client.platform.info()).folders)
      for await (const line of linesOf(await client.tasks.log({ params: { run, task }, query: { tail: logLines, bytes: logBytes } })))
        lines.push(stripVTControlCharacters(logLine(readLogLine(line), folders)))
      return logPage(run, task, lines.join('\n'), viewer)
    }),
  )
}

const callerOrNobody = (caller: Promise<Caller>): Promise<Caller | undefined> =>
  caller.catch((error: unknown) => {
    if (requestErrors.denied.is(error)) return undefined
    throw error
  })

/** Of the same server, as whoever asks for the page: with what says who they are, and nothing else of their request. */
const clientOf = (app: App, { req, env }: Context): Client =>
  createClient(async (path, init) => {
    const headers = new Headers(init.headers)
    for (const name of ['host', 'cookie', 'authorization', 'x-forwarded-for', 'x-forwarded-proto']) {
      const value = req.header(name)
      if (value !== undefined) headers.set(name, value)
    }
    return await app.request(path, { ...init, headers }, env)
  })

async function overviewOf(client: Client): Promise<Overview> {
  const [{ items: pipelines }, { items: running }, { items: failed }, { items: errors }] = await Promise.all([
    client.pipelines.list(),
    client.runs.list({ query: { state: 'running', limit: 20 } }),
    client.runs.list({ query: { state: 'failed', limit: 50 } }),
    client.pipelines.errors(),
  ])
  const inNeed = runsInNeed(pipelines)
  const needs = await Promise.all(
    inNeed.map(async (run, n) =>
      failedOf(run, n < mostNeeds ? await client.runs.show({ params: { run: run.id } }).catch(() => undefined) : undefined),
    ),
  )
  const settled = failed.filter(
    ({ id, project, pipeline }) => !inNeed.some((run) => run.id === id || (run.project === project && run.pipeline === pipeline)),
  )
  return { needs, settled: settled.slice(0, mostSettled), running, errors, pipelines }
}
