import { SluiceError } from '@sluice/core'
import { command } from '../../cli/command.ts'
import { parseParams } from '../../cli/params.ts'
import { refuseRemote } from '../../cli/wait.ts'
import { logLine, readLogLine } from '../../format/log-line.ts'
import { state } from '../../format/words.ts'

const ended = new Set(['success', 'failed', 'skipped', 'upstream_failed', 'cancelled'])

export const testTask = command({
  path: 'tasks test',
  summary: 'Run a task, after those it needs, against throwaway stores and simulators, and show its log',
  args: { '<pipeline>': 'its name', '<task>': 'the task', '[date]': 'the logical time, ISO-8601; now unless given' },
  options: [{ flags: '-p, --param <key=value...>', description: 'a parameter of the run' }],
  examples: ['sluice tasks test crypto_data_pipeline extract_assets', 'sluice tasks test crypto_data_pipeline silver.assets 2026-11-20'],
  run: async (context, given) => {
    refuseRemote(context)
    const { output, signal, global } = context
    const [{ openSandbox }, { linesOf }] = await Promise.all([import('../../platform/sandbox.ts'), import('@sluice/serve/client')])
    const sandbox = await openSandbox(context.root, output.note)
    context.atEnd(sandbox.close)
    const { client } = sandbox
    const [pipeline, task] = [given.arg('pipeline'), given.arg('task')]
    const { spec } = await client.pipelines.show({ params: { pipeline }, query: { project: global.project } })
    if (!spec.tasks.some(({ name }) => name === task)) {
      throw new SluiceError('not_found', `${pipeline} has no task ${task}`, {
        next: `It has: ${spec.tasks.map(({ name }) => name).join(', ')}.`,
      })
    }
    await sandbox.ensureExecution()
    const logicalTime = given.optionalArg('date')
    const run = await client.pipelines.trigger({
      params: { pipeline },
      query: { project: global.project },
      body: { params: parseParams(given.list('param')), ...(logicalTime === undefined ? {} : { logicalTime }) },
    })
    // The run is left as soon as the task has ended: what comes after it is not asked for.
    const done = new AbortController()
    await client.runs
      .wait(run.id, {
        signal: AbortSignal.any([signal, done.signal]),
        onProgress: ({ taskRuns }) => {
          if (taskRuns.some((each) => each.task === task && ended.has(each.state))) done.abort()
        },
      })
      .catch((error: unknown) => {
        if (!done.signal.aborted) throw error
      })
    const result = (await client.runs.show({ params: { run: run.id } })).taskRuns.find((each) => each.task === task)
    await client.runs.cancel({ params: { run: run.id } }).catch(() => undefined)
    if (result?.startedAt != null) {
      for await (const line of linesOf(await client.tasks.log({ params: { run: run.id, task } }))) output.note(logLine(readLogLine(line)))
    }
    output.result(result ?? null, () => `${task}: ${state(result?.state ?? 'unknown')}`)
    return result?.state === 'success' || result?.state === 'skipped' ? 0 : 1
  },
})
