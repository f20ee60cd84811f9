import { command } from '../../cli/command.ts'
import { newPassword, passwordStdin } from '../../cli/new-password.ts'

export const changePassword = command({
  path: 'users passwd',
  summary: 'Give a user a new password and end their sessions',
  args: { '<username>': 'the user' },
  options: [passwordStdin],
  examples: ['sluice users passwd ada', 'sluice users passwd ada --password-stdin < file'],
  run: async ({ client, output }, given) => {
    const username = given.arg('username')
    const password = await newPassword(output, given.flag('passwordStdin'))
    const user = await (await client()).users.change({ params: { username }, body: { password } })
    output.result(user, () => `${user.username} has a new password; earlier sessions have ended`)
    return 0
  },
})
