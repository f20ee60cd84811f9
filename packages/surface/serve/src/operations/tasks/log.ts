import { given, notFound } from '@sluice/core'
import { z } from 'zod'
import { streamEndpoint } from '../../endpoint/endpoint.ts'
import { logLine, readLogLine } from '../../format/log-line.ts'
import { flag } from '../../schemas/values.ts'
import { logPath, readLog } from '../../streams/log.ts'
import { linesOf } from '../../wire/lines-of.ts'
import { ofTask } from './of-run.ts'
import { pipelineArg, runOf, runOption } from './run-of.ts'

export const readTaskLog = streamEndpoint({
  name: 'tasks.log',
  method: 'get',
  path: '/runs/{run}/tasks/{task}/log',
  right: 'viewer',
  summary: 'The log of a task: latest run and attempt unless named',
  params: ofTask,
  query: z.object({
    attempt: z.coerce.number().int().min(1).optional().describe('the attempt; the latest unless given'),
    follow: flag.optional().describe('read on until the attempt has ended'),
  }),
  contentTypes: ['text/plain'],
  handle: async ({ engine, info }, { params: { run, task }, query, signal }) => {
    const find = async () => {
      const attempts = await engine.attempts(run, task)
      const wanted = query.attempt ?? Math.max(...attempts.map((each) => each.attempt))
      return attempts.find((each) => each.attempt === wanted)
    }
    const found = await find()
    if (found === undefined) {
      throw notFound(query.attempt === undefined ? `task ${task} has not run yet` : `task ${task} has no attempt ${query.attempt}`, {
        facts: { run, task },
        next: `See how far it is with "sluice runs show ${run}".`,
      })
    }
    const path = await logPath(info.stateDir, found.log)
    const ended = async () => (await engine.attempts(run, task)).find((each) => each.attempt === found.attempt)?.endedAt != null
    return { contentType: 'text/plain; charset=utf-8', chunks: readLog(path, signal, query.follow === true ? ended : undefined) }
  },
  terminal: {
    path: 'tasks logs',
    args: [pipelineArg, 'task'],
    fields: ['attempt', 'follow'],
    change: { follow: { flags: '-f, --follow' } },
    options: [runOption],
    examples: [
      'sluice tasks logs crypto_data_pipeline generate_daily_report',
      'sluice tasks logs crypto_data_pipeline extract_assets --run mx26bh0rtyhe --attempt 1 --follow',
    ],
    run: async (terminal, line, send) => {
      const { output, signal } = terminal
      const follow = line.flag('follow')
      const params = { run: await runOf(terminal, line), task: line.arg('task') }
      const stream = await send({ params, query: given({ attempt: line.number('attempt'), follow }), signal })
      // Under --json one array at the end, or one line an entry while following.
      const entries: unknown[] = []
      for await (const each of linesOf(stream)) {
        const entry = readLogLine(each)
        if (!output.json) output.result(undefined, () => logLine(entry))
        else if (follow) output.bytes(Buffer.from(`${JSON.stringify(entry)}\n`))
        else entries.push(entry)
      }
      if (output.json && !follow) output.result(entries, () => '')
      return 0
    },
  },
})
