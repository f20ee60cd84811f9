import { command } from '../../cli/command.ts'
import { ownPassword } from '../../cli/new-password.ts'

export const changeOwnPassword = command({
  path: 'users password',
  summary: 'Change your own password, showing the present one; ends your sessions',
  args: [{ name: 'username', description: 'your name' }],
  options: [
    { flags: '--password-stdin', description: 'read two lines from stdin, the present password and the new one, instead of asking' },
  ],
  examples: ['sluice users password ada', 'sluice users password ada --url http://127.0.0.1:4400'],
  run: async ({ client, output }, line) => {
    const username = line.arg('username')
    const passwords = await ownPassword(output, line.flag('passwordStdin'))
    const user = await (await client()).users.changeOwnPassword({ username, ...passwords })
    output.result(user, () => `${user.username} has a new password; earlier sessions have ended`)
    return 0
  },
})
