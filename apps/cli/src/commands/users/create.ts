import { command } from '../../cli/command.ts'
import { UsageError } from '../../cli/given.ts'
import { newPassword, passwordStdin } from '../../cli/new-password.ts'
import { roles } from './roles.ts'

export const createUser = command({
  path: 'users create',
  summary: 'Let somebody sign in; the password is asked for',
  args: { '<username>': 'in lower case from then on' },
  options: [
    { flags: '--role <role>', description: 'viewer: sees; editor: also works with runs; admin: everything', choices: roles },
    { flags: '--email <address>', description: 'e-mail address' },
    { flags: '--first-name <name>', description: 'first name' },
    { flags: '--last-name <name>', description: 'last name' },
    passwordStdin,
  ],
  examples: [
    'sluice users create ada --role admin --email ada@example.org --first-name Ada --last-name Lovelace',
    'sluice users create ada --role viewer --email ada@example.org --first-name Ada --last-name Lovelace --password-stdin < file',
  ],
  run: async ({ client, output }, given) => {
    const needed = (name: string, flag: string): string => {
      const value = given.text(name)
      if (value === undefined) throw new UsageError(`missing option ${flag}`)
      return value
    }
    const user = {
      username: given.arg('username'),
      role: needed('role', '--role') as (typeof roles)[number],
      email: needed('email', '--email'),
      firstName: needed('firstName', '--first-name'),
      lastName: needed('lastName', '--last-name'),
    }
    const password = await newPassword(output, given.flag('passwordStdin'))
    const made = await (await client()).users.create({ body: { ...user, password } })
    output.result(made, () => `${made.username} (${made.role}) may sign in at /login`)
    return 0
  },
})
