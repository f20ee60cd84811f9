import { requestErrors } from '@sluice/core'
import type { LedgerEntry } from '@sluice/engine'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { failuresText } from '../../format/failure.ts'
import { state } from '../../format/words.ts'
import { runSummary } from '../../schemas/runs.ts'
import { declaredSource } from '../../schemas/sources.ts'
import { listLedger } from '../ledger/list.ts'
import { tellOthers } from '../runs/others.ts'
import { askedSource, ofSource, projectOfSource, sourceArgs, sourceOf } from './of-source.ts'
import { plannedText, planSource } from './plan.ts'
import { allBatches, pulledBatch, quarantineOf } from './pulled-batch.ts'

export const pullSource = endpoint({
  name: 'sources.pull',
  method: 'post',
  path: '/sources/{source}/pull',
  right: 'editor',
  scope: projectOfSource,
  audit: 'within',
  summary: 'Create a run of the pipeline that pulls a source',
  ...ofSource,
  body: z.object({ files: z.array(z.string()).default([]).describe('files that are read again, by their paths below the folder') }),
  status: 201,
  answer: z.object({ run: runSummary, source: declaredSource }),
  handle: async (services, { params, query, body: { files }, by }) => {
    const { engine } = services
    const source = await sourceOf(services, { params, query })
    const ref = { project: source.project, pipeline: source.pipeline }
    if ((await engine.pipeline(ref)).paused) throw paused(source.source, source.pipeline)
    const of = files.length === 0 ? {} : { params: { reread: { [source.source]: files } } }
    return { run: await engine.trigger(ref, of, by), source }
  },
  terminal: {
    summary: 'Run the pipeline that pulls a source once, and show what came of each file',
    args: sourceArgs,
    fields: [],
    options: [
      { flags: '--file <path...>', description: 'a file that is read again, by its path below the folder of the source' },
      {
        flags: '--dry-run',
        description: 'only say what would be read, and why: files that are new, changed, moved or wait; the first rows of the others',
      },
    ],
    examples: [
      'sluice sources pull furniture tills',
      'sluice sources pull furniture tills --dry-run',
      'sluice sources pull furniture tills --file lyon.csv --json',
    ],
    run: async (terminal, line, send) => {
      const { output, call, signal } = terminal
      const asked = { ...(await askedSource(terminal, line)), body: { files: [...line.list('file')] } }
      if (line.flag('dryRun')) {
        const plan = await call(planSource, { ...asked, signal })
        output.result(plan, () => plannedText(plan))
        for (const each of plan.folder === null ? [] : plan.told) output.note(each)
        return 0
      }
      await tellOthers(terminal)
      await terminal.execute()
      const { run, source } = await send(asked)
      const ended = await terminal.wait(run.id, {})
      const task = ended.taskRuns.find((each) => each.task === source.step)
      const written = (await receiptsOf(terminal, run.id)).filter((each) => each.task === source.step)
      const inOrder = written.toReversed()
      const error = task?.error ?? null
      output.result({ run: run.id, state: ended.state, batches: inOrder.map(inShort) }, () =>
        [
          ...inOrder.map((each) => pulledBatch(source.source, each)),
          ...(inOrder.length > 1 ? [allBatches(inOrder)] : []),
          ...(inOrder.length === 0 && error === null ? [`nothing of ${source.source} is new`] : []),
          `run ${run.id}: ${state(ended.state)}`,
        ].join('\n'),
      )
      if (inOrder.some(({ rowsQuarantined }) => rowsQuarantined > 0)) output.note(quarantineOf(source.dataset))
      for (const text of failuresText(ended.taskRuns)) output.note(text)
      return ended.state === 'success' ? 0 : 1
    },
  },
})

const paused = (source: string, pipeline: string) =>
  requestErrors.invalid(`${source} is pulled by ${pipeline}, which is paused: the run would wait`, {
    facts: { source, pipeline },
    next: `Let it go on first: sluice pipelines unpause ${pipeline}.`,
  })

/** All receipts of a run, newest first. */
async function receiptsOf({ call }: Terminal, run: string): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await call(listLedger, { query: { run, limit: 500, ...(cursor === undefined ? {} : { cursor }) } })
    entries.push(...items)
    if (next === null) return entries
    cursor = next
  }
}

const inShort = ({ file, slice, answers, batch, reason, rowsIn, rowsWritten, rowsQuarantined }: LedgerEntry) => ({
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
})
