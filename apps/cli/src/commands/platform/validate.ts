import { definitionErrorText } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'

export const validate = command({
  path: 'validate',
  summary: 'Check configuration and definitions of all projects; needs no database',
  examples: ['sluice validate', 'sluice validate --json'],
  run: async ({ root, output, global }) => {
    const { checkValues } = await import('@sluice/settings')
    const { loadDefinitions, loadSettings } = await import('@sluice/platform')
    const settings = await loadSettings({ root })
    checkValues(settings)
    const all = await loadDefinitions(settings)
    const definitions = all.filter(({ name }) => global.project === undefined || name === global.project)
    const errors = definitions.flatMap((each) => each.errors)
    const projects = definitions.map(({ name, specs, datasets, errors: own }) => ({
      project: name,
      pipelines: specs.length,
      datasets: datasets.length,
      errors: own.length,
    }))
    output.result({ ok: errors.length === 0, projects, errors }, () =>
      [
        ...errors.map((error) => `${definitionErrorText(error)}\n`),
        ...projects.map(
          ({ project, pipelines, datasets, errors: count }) =>
            `${project}: ${pipelines} pipeline(s), ${datasets} dataset(s), ${count === 0 ? 'no errors' : `${count} error(s)`}`,
        ),
      ].join('\n'),
    )
    return errors.length === 0 ? 0 : 1
  },
})
