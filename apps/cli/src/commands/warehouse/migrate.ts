import { command } from '../../cli/command.ts'
import { confirm } from '../../cli/confirm.ts'
import { onlyProject } from '../../cli/only-project.ts'

export const migrateWarehouse = command({
  path: 'warehouse migrate',
  summary: 'Bring the tables of a project to its latest migration, or take migrations back',
  args: { '[project]': 'the project; may be left out when there is one' },
  options: [
    { flags: '--down', description: 'take back the latest migration, or those after --to' },
    { flags: '--to <migration>', description: 'the migration that shall be the last applied; "none" with --down' },
    { flags: '--dry-run', description: 'only say what would run' },
    { flags: '-y, --yes', description: 'take back without asking: tables and their rows go' },
  ],
  examples: [
    'sluice warehouse migrate',
    'sluice warehouse migrate crypto-coincap --down --dry-run',
    'sluice warehouse migrate shop --to 0004_orders',
  ],
  run: async (context, given) => {
    const client = await context.client()
    const project = given.optionalArg('project') ?? (await onlyProject(context, client))
    const to = given.text('to')
    if (given.flag('down') && !given.flag('dryRun')) {
      await confirm(context.output, given.flag('yes'), `Take back migrations of ${project}? Tables that they made go with their rows.`)
    }
    const answer = await client.warehouse.migrate({
      params: { project },
      body: { direction: given.flag('down') ? 'down' : 'up', dryRun: given.flag('dryRun'), ...(to === undefined ? {} : { to }) },
    })
    context.output.result(answer, () =>
      answer.steps.length === 0
        ? `${project}: nothing to do`
        : answer.steps
            .map(({ direction, id }) => `${answer.dryRun ? 'would run ' : ''}${direction === 'up' ? 'up  ' : 'down'}  ${id}`)
            .join('\n'),
    )
    return 0
  },
})
