import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openServerPlatform, watchDefinitions } from '@sluice/platform'
import { sourceText, writeManyPipelines } from '../dev/many-pipelines.ts'
import { atMost, type Measure, measure, median, noBar, quantile } from '../measure.ts'
import { scratchFolder, undo } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'

/** From the moment a file is saved until its version is the one that the next run gets, and until a task of it has run. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('dev')
  const root = join(scratch.dir, 'platform')
  const pipelines = scaled(100)
  const file = await writeManyPipelines(root, pipelines)
  progress(`starting a server with ${pipelines} pipelines`)
  const server = await openServerPlatform({ root, reloads: true, note: progress })
  await using _ = undo(server.close)
  let heard: (() => void) | undefined
  const watching = watchDefinitions(server.platform, {
    reloaded: () => heard?.(),
    failed: (error) => progress(String(error)),
  })
  await using __ = undo(watching.close)
  const [live, ran]: [number[], number[]] = [[], []]
  for (let round = -1; round < rounds(11); round++) {
    const reloaded = new Promise<void>((resolve) => (heard = resolve))
    const saved = performance.now()
    await writeFile(file, sourceText(round + 2))
    await reloaded
    const liveMs = performance.now() - saved
    const { client } = server.platform
    const { id } = await client.pipelines.trigger({ params: { pipeline: `p${pipelines - 1}` }, body: {} })
    while ((await client.runs.show({ params: { run: id } })).state !== 'success') await new Promise((resolve) => setTimeout(resolve, 5))
    if (round >= 0) {
      live.push(liveMs)
      ran.push(performance.now() - saved)
    }
  }
  return [
    measure(`dev: a saved file is live, ${pipelines} pipelines`, median(live), 'ms', atMost(300, 'ms')),
    measure('dev: the slowest of them', quantile(live, 1), 'ms', noBar),
    measure('dev: saved to the end of a run of 7 tasks with its code', median(ran), 'ms', noBar),
  ]
}
