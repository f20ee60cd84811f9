import { counted, definitionErrorText } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'

export const validate = command({
  path: 'validate',
  summary: 'Check all that can be found before anything runs: configuration, definitions, types, names, SQL, migrations',
  examples: ['sluice validate', 'sluice validate --json'],
  run: async ({ root, output, global, signal }) => {
    const { checkValues } = await import('@sluice/settings')
    const { examineDefinitions, loadDefinitions, loadSettings, projectFolders } = await import('@sluice/platform')
    const settings = await loadSettings({ root })
    checkValues(settings)
    const all = await loadDefinitions(settings)
    const definitions = all.filter(({ name }) => global.project === undefined || name === global.project)
    const folders = projectFolders(settings)
    const examined = await examineDefinitions(settings, definitions, signal)
    const errors = [...definitions.flatMap((each) => each.errors), ...examined.errors]
    const projects = definitions.map(({ name, specs, datasets }) => ({
      project: name,
      pipelines: specs.length,
      datasets: datasets.length,
      errors: errors.filter(({ project }) => project === name).length,
    }))
    for (const sentence of examined.left) output.note(sentence)
    output.result({ ok: errors.length === 0, projects, errors, warnings: examined.warnings, left: examined.left }, () =>
      [
        ...examined.warnings.map((warning) => `${definitionErrorText(warning, folders, 'warning')}\n`),
        ...errors.map((error) => `${definitionErrorText(error, folders)}\n`),
        ...projects.map(
          ({ project, pipelines, datasets, errors: count }) =>
            `${project}: ${counted(pipelines, 'pipeline')}, ${counted(datasets, 'dataset')}, ${count === 0 ? 'no errors' : counted(count, 'error')}`,
        ),
      ].join('\n'),
    )
    return errors.length === 0 ? 0 : 1
  },
})
