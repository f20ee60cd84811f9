import { given, type Json, requestErrors } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import type { Line } from '../../endpoint/line.ts'
import { parseParams } from '../../endpoint/params.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { failuresText } from '../../format/failure.ts'
import { table } from '../../format/table.ts'
import { count, state } from '../../format/words.ts'
import { modelsPlan, selecting } from '../../schemas/models.ts'
import { ofProject } from '../../schemas/values.ts'
import type { ModelsPlan } from '../../services.ts'
import { triggerPipeline } from '../pipelines/trigger.ts'
import { tellOthers } from '../runs/others.ts'
import { waitWithProgress } from '../runs/progress.ts'
import { namedProject } from '../scope.ts'
import { compiledText, compileModels } from './compile.ts'
import { rebuildModel } from './rebuild.ts'
import { askedBy, selectOptions } from './selecting.ts'

export const planModels = endpoint({
  name: 'models.plan',
  method: 'post',
  path: '/models/{project}/plan',
  right: 'viewer',
  scope: namedProject,
  audit: 'query',
  summary: 'Which runs bring a selection of models and loads up to date, in which order',
  params: ofProject,
  body: z.object({ ...selecting, checks: z.boolean().default(true).describe('with the checks that guard what is filled') }),
  answer: modelsPlan,
  handle: async ({ models }, { params: { project }, body: { before, ...asked } }) =>
    await models.plan({ project, ...asked, ...given({ before }) }),
  terminal: {
    path: 'models run',
    summary: 'Run models and loads, with their checks, and nothing else of their pipelines; in the order of the graph, to the end',
    args: [{ name: 'selection', description: 'a selection, such as +silver.assets; all unless given', optional: true, many: true }],
    fields: [],
    options: [
      ...selectOptions,
      { flags: '--no-checks', description: 'without the checks that guard what is filled' },
      { flags: '--full-refresh', description: 'make tables of the lake anew from all of their batches before, as models rebuild does' },
      { flags: '--vars <key=value...>', description: 'parameters of the runs, for the pipelines that declare them' },
      { flags: '--compile', description: 'only print the SQL that would run' },
      { flags: '--dry-run', description: 'only say which runs there would be' },
      { flags: '-y, --yes', description: 'with --full-refresh: do not ask' },
    ],
    examples: [
      'sluice models run +silver.assets',
      'sluice models run --select state:changed+ --exclude tag:slow --dry-run',
      'sluice models run silver.assets --full-refresh --yes',
      'sluice models run silver.assets --compile',
    ],
    run: async (terminal, line, send) => {
      const { output, call } = terminal
      const asked = await askedBy(terminal, line)
      if (line.flag('compile')) {
        const { items } = await call(compileModels, asked)
        output.result(items, () => compiledText(items))
        return 0
      }
      const plan = await send({ ...asked, body: { ...asked.body, checks: line.flag('checks') } })
      const vars = parseParams(line.list('vars'))
      const params = paramsByRun(plan, vars)
      for (const note of line.flag('fullRefresh') ? [] : plan.runs.flatMap(({ notes }) => notes)) output.note(note)
      if (plan.runs.length === 0 || line.flag('dryRun')) {
        output.result(plan, () => planText(plan))
        return 0
      }
      if (line.flag('fullRefresh')) await refreshFully(terminal, line, plan)
      return await runAll(terminal, plan, params)
    },
  },
})

type Params = Readonly<Record<string, Json>>

/** What each run is given: the values of the parameters that its pipeline declares. @throws `request.invalid` for one that none declares */
function paramsByRun({ runs }: ModelsPlan, vars: Params): readonly Params[] {
  const known = [...new Set(runs.flatMap(({ params }) => params))]
  const odd = Object.keys(vars).find((name) => !known.includes(name))
  if (odd !== undefined && runs.length > 0) {
    throw requestErrors.invalid(`none of the pipelines that run has a parameter "${odd}"`, {
      facts: { parameter: odd, declared: known },
      next: known.length === 0 ? 'Declare it: params: { ... } in the pipeline.' : `They have ${known.join(', ')}.`,
    })
  }
  return runs.map(({ params }) => Object.fromEntries(Object.entries(vars).filter(([name]) => params.includes(name))))
}

/** Tables that no run replaces as a whole; views hold nothing. What the warehouse holds is made from runs: they are cleared. */
async function refreshFully(terminal: Terminal, line: Line, { project, models }: ModelsPlan): Promise<void> {
  const added = models.filter(({ refresh }) => refresh !== 'full' && refresh !== 'view')
  const ofWarehouse = added.filter(({ dataset }) => dataset.startsWith('warehouse.'))
  if (ofWarehouse.length > 0) {
    throw requestErrors.invalid(
      `${ofWarehouse.map(({ dataset }) => dataset).join(', ')} cannot be made anew: a table of the warehouse holds rows of many runs`,
      {
        facts: { datasets: ofWarehouse.map(({ dataset }) => dataset) },
        next: 'Clear the runs whose rows should change (sluice tasks clear), or leave these models out with --exclude.',
      },
    )
  }
  if (added.length === 0) return
  await terminal.confirm(`Make ${added.map(({ dataset }) => dataset).join(', ')} anew?`, line.flag('yes'))
  for (const { dataset } of added) {
    for (;;) {
      terminal.signal.throwIfAborted()
      const done = await terminal.call(rebuildModel, { body: { dataset: `${project}:${dataset}`, project } })
      if (done.finished) {
        terminal.output.note(
          `${done.dataset}: ${count(done.rows ?? 0)} rows (${count(done.rowsBefore)} before), ${count(done.quarantined)} in quarantine`,
        )
        break
      }
      terminal.output.note(`${dataset}: ${count(done.made)} of ${count(done.batches)} batches`)
    }
  }
}

/** One run after the other; what stands behind a run that failed is not begun. */
async function runAll(terminal: Terminal, { project, runs }: ModelsPlan, params: readonly Params[]): Promise<number> {
  const { output, call } = terminal
  await tellOthers(terminal)
  await terminal.execute()
  const ended = []
  for (const [at, { pipeline, tasks }] of runs.entries()) {
    const run = await call(triggerPipeline, {
      params: { pipeline },
      query: { project },
      body: { only: [...tasks], params: params[at] ?? {} },
    })
    const end = await waitWithProgress(terminal, run)
    ended.push(end)
    for (const text of failuresText(end.taskRuns)) output.note(text)
    if (end.state !== 'success') break
  }
  const begun = ended.map(({ id, pipeline, state, taskRuns }, at) => ({
    run: id,
    pipeline,
    state,
    tasks: taskRuns.filter(({ task }) => runs[at]?.tasks.includes(task)).map(({ task, state, output }) => ({ task, state, output })),
  }))
  const notBegun = runs.slice(ended.length).map(({ pipeline, tasks }) => ({ pipeline, tasks }))
  output.result({ runs: begun, notBegun }, () =>
    [
      ...begun.map(
        (each) => `run ${each.run} of ${project}:${each.pipeline}: ${state(each.state)} (${each.tasks.map(({ task }) => task).join(', ')})`,
      ),
      ...notBegun.map(({ pipeline, tasks }) => `not begun: ${tasks.join(', ')} of ${pipeline}`),
    ].join('\n'),
  )
  return ended.every((each) => each.state === 'success') && notBegun.length === 0 ? 0 : 1
}

const planText = ({ runs, left }: ModelsPlan): string =>
  [
    table(
      runs.flatMap(({ pipeline, tasks }, at) => tasks.map((task) => ({ run: String(at + 1), pipeline, task }))),
      [
        { title: 'RUN', of: ({ run }) => run },
        { title: 'PIPELINE', of: ({ pipeline }) => pipeline },
        { title: 'STEP', of: ({ task }) => task },
      ],
      'Nothing of the selection is a model, a load or a check.',
    ),
    ...(left.length === 0 ? [] : [`not run: ${left.join(', ')}`]),
  ].join('\n')
