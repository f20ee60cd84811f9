import { command } from '../../cli/command.ts'
import { wholeNumber } from '../../cli/given.ts'
import { runOf } from '../../cli/run-of.ts'
import { logLine, readLogLine } from '../../format/log-line.ts'

export const taskLogs = command({
  path: 'tasks logs',
  summary: 'The log of a task: latest run and attempt unless named',
  args: { '<pipeline>': 'its name', '<task>': 'the task' },
  options: [
    { flags: '--run <id>', description: 'the run; the latest unless given' },
    { flags: '--attempt <n>', description: 'the attempt; the latest unless given', parse: wholeNumber },
    { flags: '-f, --follow', description: 'go on until the attempt has ended' },
  ],
  examples: [
    'sluice tasks logs crypto_data_pipeline generate_daily_report',
    'sluice tasks logs crypto_data_pipeline extract_assets --run 01JD... --attempt 1 --follow',
  ],
  run: async ({ client, output, global, signal }, given) => {
    const api = await client()
    const { linesOf } = await import('@sluice/serve/client')
    const run = await runOf(api, { pipeline: given.arg('pipeline'), run: given.text('run'), project: global.project })
    const stream = await api.tasks.log({
      params: { run, task: given.arg('task') },
      query: { attempt: given.number('attempt'), follow: given.flag('follow') },
      signal,
    })
    // Under --json one array at the end, or one line an entry while following.
    const entries: unknown[] = []
    for await (const line of linesOf(stream)) {
      const entry = readLogLine(line)
      if (!output.json) output.result(undefined, () => logLine(entry))
      else if (given.flag('follow')) output.bytes(Buffer.from(`${JSON.stringify(entry)}\n`))
      else entries.push(entry)
    }
    if (output.json && !given.flag('follow')) output.result(entries, () => '')
    return 0
  },
})
