import type { SluiceError } from '@sluice/core'
import type { RunDetail } from '@sluice/engine'
import { loadSettings, openPlatform, openServerPlatform } from '@sluice/platform'
import { prepareStateDir, type RunningServer, readProfile, runningServer, writeDemoProfile } from '@sluice/platform/state'
import { lockErrors } from '@sluice/process'
import { type Client, createClient, type Transport } from '@sluice/serve/client'
import { waitWithProgress } from '@sluice/serve/progress'
import type { Context } from '../cli/context.ts'
import { steps } from '../cli/steps.ts'
import { bringHistory } from './bring-history.ts'
import { mailsIn } from './mails.ts'
import { type Happened, happenedIn, summaryText } from './summary.ts'

export interface DemoOutcome {
  readonly ok: boolean
  /** This process is the server, and must stay. */
  readonly stays: boolean
}

/** Runs each project's demo pipelines one after another on the simulators, beside a server that runs already or on one of its own. */
export async function runDemo(
  context: Context,
  options: { readonly once: boolean; readonly port: number | undefined },
): Promise<DemoOutcome> {
  const { output, root } = context
  // Before the scheduler is at work: what it adds comes after what is made up.
  const now = Date.now()
  const settings = await loadSettings({ root })
  await prepareStateDir(settings.stateDir)
  const running = await runningServer(settings.stateDir)
  if (running !== undefined && (await readProfile(settings.stateDir)) !== 'demo') throw liveServer(running.pid)
  await writeDemoProfile(settings.stateDir)
  const place = await demoPlace(context, running, options)
  const client = createClient(place.transport)
  const happened: Happened[] = []
  for (const folder of settings.projects) {
    const { project } = folder
    await bringHistory(context, settings, { transport: place.transport, folder, now })
    for (const pipeline of project.demo.pipelines) {
      const run = await runOne(context, client, project.name, pipeline)
      happened.push(await happenedIn(client, run, project.demo.report))
    }
  }
  const ok = happened.length > 0 && happened.every(({ state }) => state === 'success')
  const links = options.once ? {} : { url: place.url, login: place.loginUrl() }
  await place.deliver()
  const mails = await mailsIn(settings)
  output.result({ ok, runs: happened, mails, ...links }, () => summaryText(happened, { ...links, mails }))
  if (!ok) output.note(reasonOf(happened))
  return { ok, stays: place.own }
}

interface DemoPlace {
  readonly transport: Transport
  readonly url: string
  readonly own: boolean
  loginUrl(): string
  /** Sends the messages that are due, where this process is the server. */
  deliver(): Promise<void>
}

async function demoPlace(
  context: Context,
  running: RunningServer | undefined,
  options: { readonly once: boolean; readonly port: number | undefined },
): Promise<DemoPlace> {
  const { root, output } = context
  if (running?.url != null) {
    output.note(`Sluice runs already: pid ${running.pid}, ${running.url}`)
    const { url } = running
    const platform = await openPlatform({ root, note: output.note })
    context.atEnd(platform.close)
    return {
      transport: platform.transport,
      url,
      own: false,
      deliver: platform.deliver,
      loginUrl: () => platform.loginUrl(url),
    }
  }
  const server = await openServerPlatform({ root, port: options.port, anyPort: options.once, step: steps(output), note: output.note })
  context.atEnd(server.close)
  const { transport, deliver } = server.platform
  return { transport, url: server.url, own: true, loginUrl: server.loginUrl, deliver }
}

async function runOne({ output, signal }: Context, client: Client, project: string, pipeline: string): Promise<RunDetail> {
  const run = await client.pipelines.trigger({ params: { pipeline }, query: { project }, body: {} })
  return await waitWithProgress({ output, wait: (id, waiting) => client.runs.wait(id, { signal, ...waiting }) }, run)
}

function reasonOf(happened: readonly Happened[]): string {
  const failed = happened.find(({ state }) => state !== 'success')
  if (failed === undefined) return 'No project names a pipeline for the demo: see demo.pipelines in its sluice.config.ts.'
  return `${failed.project}:${failed.pipeline} ended as ${failed.state}${failed.reason === null ? '' : `: ${failed.reason}`}`
}

const liveServer = (pid: number): SluiceError =>
  lockErrors.held(`Sluice runs here on the real services (pid ${pid})`, {
    facts: { pid },
    next: 'Stop it first, or run the demo on a state of its own: SLUICE_STATE_DIR=.sluice-demo sluice demo',
  })
