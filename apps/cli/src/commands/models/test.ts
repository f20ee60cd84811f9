import { requestErrors } from '@sluice/core'
import { counted, definitionErrorText, state } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { testText } from './differences-text.ts'

/** What did not load may hold tests: nothing is said to be all right, nor to be missing. */
export function summary(tests: number, failed: number, errors: number): string {
  const ran = `${counted(tests, 'test')}, ${failed === 0 ? state('ok') : `${failed} ${state('failed')}`}`
  if (errors === 0) return tests === 0 ? 'There are no model tests: export given(model, rows, { expect }) from a file of models/.' : ran
  return tests === 0
    ? `No test ran: ${counted(errors, 'error')}`
    : `${ran}; files that do not load (${counted(errors, 'error')}) ran no test`
}

export const testModels = command({
  path: 'models test',
  summary: 'Run the tests of models: given these rows, the query gives those; on engines of their own, nothing of it stays',
  args: [{ name: 'model', description: 'a model, or a test by the name of its export; all unless given', optional: true }],
  examples: ['sluice models test', 'sluice models test silver.crypto_horaire --json'],
  run: async ({ root, output, global }, line) => {
    if (global.url !== undefined) throw requestErrors.invalid('tests run on this machine', { next: 'Leave out --url.' })
    const { loadSettings, projectFolders, testModels: run } = await import('@sluice/platform')
    const settings = await loadSettings({ root })
    const { tests, errors } = await run(settings, { project: global.project, name: line.optionalArg('model') })
    const failed = tests.filter(({ ok }) => !ok)
    const ok = failed.length === 0 && errors.length === 0
    output.result({ ok, tests, errors }, () =>
      [
        ...errors.map((error) => `${definitionErrorText(error, projectFolders(settings))}\n`),
        ...tests.map(testText),
        summary(tests.length, failed.length, errors.length),
      ].join('\n'),
    )
    return ok ? 0 : 1
  },
})
