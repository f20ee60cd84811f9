import { requestErrors } from '@sluice/core'
import { command } from '../../cli/command.ts'
import { scriptOf, shells } from '../../completion/scripts.ts'

export const completion = command({
  path: 'completion',
  summary: 'What a shell needs to complete commands, options and the names of a Sluice that runs',
  args: [{ name: 'shell', description: 'the shell', choices: shells }],
  examples: [
    'source <(npx sluice completion bash)',
    'sluice completion zsh > ~/.zfunc/_sluice',
    'sluice completion fish > ~/.config/fish/completions/sluice.fish',
  ],
  run: async ({ output }, line) => {
    const shell = shells.find((each) => each === line.arg('shell'))
    if (shell === undefined)
      throw requestErrors.invalid(`sluice does not complete for ${line.arg('shell')}`, { next: `Choose one of: ${shells.join(', ')}.` })
    output.result({ shell, script: scriptOf[shell] }, () => scriptOf[shell].trimEnd())
    return 0
  },
})
