import { command } from '../../cli/command.ts'
import { portOption } from '../../cli/port-option.ts'
import { stayUp } from '../../cli/stay-up.ts'

export const demo = command({
  path: 'demo',
  summary: 'Run everything on simulated upstreams: the main pipelines, then what happened; stays up',
  options: [portOption, { flags: '--once', description: 'stop when the pipelines have run; exit code 0 when all succeeded' }],
  examples: ['sluice demo', 'sluice demo --once', 'sluice demo --port 8080'],
  run: async (context, line) => {
    const { runDemo } = await import('../../demo/run-demo.ts')
    const once = line.flag('once')
    const outcome = await runDemo(context, { once, port: line.number('port') })
    if (once || !outcome.stays) return outcome.ok ? 0 : 1
    context.output.note('Stop with Ctrl-C. "sluice reset" removes all of it.')
    await stayUp(context.signal)
    return 0
  },
})
