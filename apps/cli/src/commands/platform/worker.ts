import { given } from '@sluice/core'
import { counted } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { stayUp } from '../../cli/stay-up.ts'

export const worker = command({
  path: 'worker',
  summary: 'Run workers alone, beside a "sluice start" on the same database; with --scheduler also a scheduler',
  options: [
    { flags: '--count <n>', description: 'worker processes; as configured unless given', type: 'whole' },
    { flags: '--scheduler', description: 'run a scheduler too; any number may run' },
  ],
  examples: ['sluice worker --count 4', 'SLUICE_DATABASE_URL=postgres://... sluice worker --scheduler'],
  run: async (context, line) => {
    const { refuseOtherHosts, startExecution } = await import('@sluice/platform')
    const platform = await context.platform()
    const { url } = await platform.database()
    await platform.client.pipelines.list()
    await refuseOtherHosts(url, platform.settings)
    const count = line.number('count')
    const execution = await startExecution({
      settings: platform.settings,
      databaseUrl: url,
      warehouses: await platform.prepareWarehouses(),
      scheduler: line.flag('scheduler'),
      simulators: platform.running === undefined,
      note: context.output.note,
      ...given({ workers: count }),
    })
    context.atEnd(execution.stop)
    context.output.result(
      { pid: process.pid, workers: count ?? platform.settings.workers },
      () => `${counted(count ?? platform.settings.workers, 'worker waits', 'workers wait')} for tasks`,
    )
    await stayUp(context.signal)
    return 0
  },
})
