import { formatInstant } from '@sluice/core'
import type { RunSummary } from '@sluice/engine'
import { dayRun, historyDays, landHistory, landingOf } from '@sluice/platform'
import { type Client, callsOver, createClient, type Transport } from '@sluice/serve/client'
import { waitForBackfill, waitWithProgress } from '@sluice/serve/progress'
import type { ProjectFolder, Settings } from '@sluice/settings'
import type { Context } from '../cli/context.ts'
import { steps } from '../cli/steps.ts'

interface Wanted {
  readonly transport: Transport
  readonly folder: ProjectFolder
  /** Up to when. */
  readonly now: number
}

/**
 * Once for a state: lands made-up days in bronze and runs the ordinary backfill of the pipeline that reads them, then does the same for the
 * day that has begun, by a run made by hand.
 */
export async function bringHistory(context: Context, settings: Settings, { transport, folder, now }: Wanted): Promise<void> {
  const { history, simulators } = folder.project.demo
  if (history === undefined || simulators[history.connection] === undefined) return
  const { output, signal } = context
  const project = folder.project.name
  const { pipeline } = history
  const client = createClient(transport)
  const [latest] = (await client.runs.list({ query: { project, pipeline, limit: 1 } })).items
  if (latest !== undefined && !(await isHeld(client, latest))) return
  const step = steps(output)
  const of = { params: { pipeline }, query: { project } }
  const days = historyDays(history, now)
  const landing = landingOf((await client.pipelines.show(of)).spec)
  if (latest === undefined) {
    const { created: ticks } = await client.pipelines.backfill({ ...of, body: { ...days, dryRun: true } })
    await step(`${ticks.length} days of made-up history into bronze`, () =>
      landHistory(settings, folder, history, landing, ticks.map(dayRun)),
    )
    await step(`backfill of ${pipeline}`, async () => {
      const { id } = await client.pipelines.backfill({ ...of, body: days })
      if (id !== null) await waitForBackfill({ output: { ...output, note: () => undefined }, signal, ...callsOver(transport) }, id)
    })
  }
  if (now < days.end) return
  await step(`made-up history up to ${formatInstant(now)}`, async () => {
    const run = latest ?? (await holdRun(client, of, now))
    await landHistory(settings, folder, history, landing, [run])
    await client.pipelines.change({ ...of, body: { paused: false } })
    await waitWithProgress(
      { output: { ...output, note: () => undefined }, wait: (id, wait) => client.runs.wait(id, { signal, ...wait }) },
      run,
    )
  })
}

/**
 * The batches of a run made by hand are named by its id: they can be landed only once there is the run, which must not begin before that.
 * So its pipeline is paused meanwhile.
 */
async function holdRun(client: Client, of: OfPipeline, now: number): Promise<RunSummary> {
  await client.pipelines.change({ ...of, body: { paused: true } })
  return await client.pipelines.trigger({ ...of, body: { logicalTime: now } })
}

interface OfPipeline {
  readonly params: { readonly pipeline: string }
  readonly query: { readonly project: string }
}

/** Whether a demo that was killed has left the run waiting for its bodies. */
const isHeld = async (client: Client, { project, pipeline, trigger, state }: RunSummary): Promise<boolean> =>
  trigger === 'manual' && state === 'queued' && (await client.pipelines.show({ params: { pipeline }, query: { project } })).paused
