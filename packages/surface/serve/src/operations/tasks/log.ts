import { given, notFound } from '@sluice/core'
import { z } from 'zod'
import { streamEndpoint } from '../../endpoint/endpoint.ts'
import type { Output } from '../../endpoint/terminal.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { type LogEntry, logLine, readLogLine } from '../../format/log-line.ts'
import { printedJson } from '../../format/printable.ts'
import { flag } from '../../schemas/values.ts'
import { logPath, readLog } from '../../streams/log.ts'
import { endedLine, startedLine } from '../../streams/own-lines.ts'
import { linesOf } from '../../wire/lines-of.ts'
import { showInfo } from '../platform/info.ts'
import { projectOfRun } from '../scope.ts'
import { ofMap, ofTask } from './of-run.ts'
import { pipelineArg, runOf, runOption } from './run-of.ts'

export const readTaskLog = streamEndpoint({
  name: 'tasks.log',
  method: 'get',
  path: '/runs/{run}/tasks/{task}/log',
  right: 'viewer',
  scope: projectOfRun,
  summary: 'The log of a task: latest run and attempt unless named',
  params: ofTask,
  query: z
    .object({
      ...ofMap,
      attempt: z.coerce.number().int().min(1).optional().describe('the attempt; the latest unless given'),
      follow: flag.optional().describe('read on until the attempt has ended'),
      tail: z.coerce.number().int().min(0).optional().describe('only the last lines, so many'),
      from: z.coerce.number().int().min(0).optional().describe('from this byte of the log on'),
      bytes: z.coerce.number().int().min(1).optional().describe('at most so many bytes; the next part begins after those that came'),
    })
    .refine(({ tail, from }) => tail === undefined || from === undefined, { message: 'name tail or from, not both' }),
  contentTypes: ['text/plain'],
  handle: async ({ engine, info }, { params: { run, task }, query, signal }) => {
    const { attempt, mapIndex, ...range } = query
    const find = async () => {
      const attempts = await engine.attempts(run, task, mapIndex)
      const wanted = attempt ?? Math.max(...attempts.map((each) => each.attempt))
      return attempts.find((each) => each.attempt === wanted)
    }
    const found = await find()
    if (found === undefined) {
      throw notFound(attempt === undefined ? `task ${task} has not run yet` : `task ${task} has no attempt ${attempt}`, {
        facts: { run, task },
        next: `See how far it is with "sluice runs show ${run}".`,
      })
    }
    const path = await logPath(info.stateDir, found.log)
    const last = async () => {
      const now = (await engine.attempts(run, task, mapIndex)).find((each) => each.attempt === found.attempt)
      return now?.endedAt == null ? undefined : (endedLine(now) ?? '')
    }
    return {
      contentType: 'text/plain; charset=utf-8',
      chunks: readLog({ path, first: startedLine(task, found), last }, given(range), signal),
    }
  },
  terminal: {
    path: 'tasks logs',
    args: [pipelineArg, 'task'],
    fields: ['mapIndex', 'attempt', 'follow', 'tail', 'from', 'bytes'],
    change: { follow: { flags: '-f, --follow' } },
    options: [runOption],
    examples: [
      'sluice tasks logs crypto_data_pipeline generate_daily_report',
      'sluice tasks logs crypto_data_pipeline extract_assets --run mx26bh0rtyhe --attempt 1 --follow',
      'sluice tasks logs crypto_data_pipeline extract_assets --tail 100',
    ],
    run: async (terminal, line, send) => {
      const { output, signal } = terminal
      const follow = line.flag('follow')
      const [tail, from] = [line.number('tail'), line.number('from')]
      if (tail !== undefined && from !== undefined) throw new UsageError('name --tail or --from, not both')
      const params = { run: await runOf(terminal, line), task: line.arg('task') }
      const query = given({
        mapIndex: line.number('mapIndex'),
        attempt: line.number('attempt'),
        follow,
        tail,
        from,
        bytes: line.number('bytes'),
      })
      const entries = jsonEntries(output, follow)
      const folders = output.json ? [] : Object.values((await terminal.call(showInfo)).folders)
      for await (const each of linesOf(await send({ params, query, signal }))) {
        const entry = readLogLine(each)
        if (output.json) entries.add(entry)
        else output.result(undefined, () => logLine(entry, folders))
      }
      if (output.json) entries.end()
      return 0
    },
  },
})

/** Under --json: one array, or while following one line an entry. Either is written as the entries come: a log has no size of its own. */
function jsonEntries({ bytes }: Output, follow: boolean): { add(entry: LogEntry): void; end(): void } {
  const write = (text: string): void => bytes(Buffer.from(text))
  let count = 0
  return {
    add: (entry) => {
      if (follow) write(`${printedJson(JSON.stringify(entry))}\n`)
      else write(`${count++ === 0 ? '[' : ','}\n  ${printedJson(JSON.stringify(entry, null, 2)).replaceAll('\n', '\n  ')}`)
    },
    end: () => {
      if (!follow) write(count === 0 ? '[]\n' : '\n]\n')
    },
  }
}
