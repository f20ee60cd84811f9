import { type Command, command } from '../../cli/command.ts'

const disabling = (verb: 'disable' | 'enable', summary: string): Command =>
  command({
    path: `users ${verb}`,
    summary,
    args: { '<username>': 'the user' },
    examples: [`sluice users ${verb} ada`],
    run: async ({ client, output }, given) => {
      const disabled = verb === 'disable'
      const user = await (await client()).users.change({ params: { username: given.arg('username') }, body: { disabled } })
      output.result(user, () => `${user.username} may ${disabled ? 'no longer' : 'again'} sign in`)
      return 0
    },
  })

export const disableUser = disabling('disable', 'Let a user no longer sign in and end their sessions')
export const enableUser = disabling('enable', 'Let a disabled user sign in again')
