import { failuresText, state } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { refuseUrl } from '../../cli/rehearse.ts'
import { askedSource, sourceArgs } from './asked-source.ts'
import { plannedPull } from './planned-pull.ts'
import { allBatches, pulledBatch, quarantineOf } from './pulled-batch.ts'

const askServer =
  'Let the server run that pipeline: "sluice pipelines trigger PIPELINE --wait --url URL"; "sluice ledger list --url URL" tells what came of it.'

export const pullSource = command({
  path: 'sources pull',
  summary: 'Run the pipeline that pulls a source once, without a scheduler, and show what came of each file',
  args: sourceArgs,
  options: [
    { flags: '--file <path...>', description: 'a file that is read again, by its path below the folder of the source' },
    { flags: '--dry-run', description: 'only say which files would be read, and why: new, changed, moved, waiting, vanished' },
  ],
  examples: [
    'sluice sources pull furniture tills',
    'sluice sources pull furniture tills --dry-run',
    'sluice sources pull furniture tills --file lyon.csv --json',
  ],
  run: async (context, line) => {
    const { output, global } = context
    refuseUrl(global, 'which pipeline pulls a source is read from the projects of this machine', askServer)
    const { declaredSources, ledgerOf, sourceNamed } = await import('@sluice/platform')
    const platform = await context.platform()
    const files = line.list('file')
    const definitions = await platform.definitions()
    const source = sourceNamed(platform.settings, await declaredSources(definitions), askedSource(line, global))
    const { project, source: name } = source
    if (line.flag('dryRun')) {
      const { dryPull } = await import('@sluice/platform')
      const plan = await dryPull({
        settings: platform.settings,
        definitions,
        source,
        files,
        log: { warn: (message) => output.note(message) },
      })
      output.result({ project, source: name, dataset: source.dataset, ...plan }, () => plannedPull(name, plan))
      return 0
    }
    const client = await context.client()
    await context.execute()
    const params = files.length === 0 ? {} : { params: { reread: { [name]: [...files] } } }
    const run = await client.pipelines.trigger({ params: { pipeline: source.pipeline }, query: { project }, body: params })
    const ended = await context.wait(run.id, {})
    const task = ended.taskRuns.find((each) => each.task === source.step)
    const written = (await ledgerOf(client, { run: run.id })).filter((each) => each.task === source.step)
    const inOrder = written.toReversed()
    const batches = inOrder.map(({ file, slice, answers, batch, reason, rowsIn, rowsWritten, rowsQuarantined }) => ({
      file: file?.path ?? null,
      movedFrom: file?.moved?.from ?? null,
      batch,
      reason,
      rowsIn,
      rowsWritten,
      rowsQuarantined,
      detected: file?.found ?? {},
      drift: file?.drift ?? slice?.drift ?? [],
      ids: answers?.ids ?? null,
    }))
    const error = task?.error ?? null
    output.result({ run: run.id, state: ended.state, batches }, () =>
      [
        ...inOrder.map((each) => pulledBatch(name, each)),
        ...(batches.length > 1 ? [allBatches(inOrder)] : []),
        ...(batches.length === 0 && error === null ? [`nothing of ${name} is new`] : []),
        `run ${run.id}: ${state(ended.state)}`,
      ].join('\n'),
    )
    if (inOrder.some(({ rowsQuarantined }) => rowsQuarantined > 0)) output.note(quarantineOf(source.dataset))
    for (const text of failuresText(ended.taskRuns)) output.note(text)
    return ended.state === 'success' ? 0 : 1
  },
})
