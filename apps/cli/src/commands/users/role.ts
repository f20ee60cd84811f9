import { command } from '../../cli/command.ts'
import { UsageError } from '../../cli/given.ts'
import { roles } from './roles.ts'

export const changeRole = command({
  path: 'users role',
  summary: 'Give a user another role, from their next request on',
  args: { '<username>': 'the user', '<role>': roles.join(', ') },
  examples: ['sluice users role ada editor'],
  run: async ({ client, output }, given) => {
    const role = roles.find((each) => each === given.arg('role'))
    if (role === undefined) throw new UsageError(`"${given.arg('role')}" is no role: ${roles.join(', ')}`)
    const user = await (await client()).users.change({ params: { username: given.arg('username') }, body: { role } })
    output.result(user, () => `${user.username} is ${user.role}`)
    return 0
  },
})
