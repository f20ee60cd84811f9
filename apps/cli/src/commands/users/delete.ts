import { command } from '../../cli/command.ts'
import { confirm } from '../../cli/confirm.ts'

export const deleteUser = command({
  path: 'users delete',
  summary: 'Remove a user and end their sessions',
  args: { '<username>': 'the user' },
  options: [{ flags: '-y, --yes', description: 'do not ask' }],
  examples: ['sluice users delete ada --yes'],
  run: async ({ client, output }, given) => {
    const username = given.arg('username')
    await confirm(output, given.flag('yes'), `Delete the user ${username}?`)
    const answer = await (await client()).users.remove({ params: { username } })
    output.result(answer, () => `${answer.deleted} is deleted`)
    return 0
  },
})
