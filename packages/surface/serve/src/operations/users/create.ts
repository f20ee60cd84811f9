import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { person, user } from '../../schemas/users.ts'
import { passwordStdin } from './of-name.ts'

export const createUser = endpoint({
  name: 'users.create',
  method: 'post',
  path: '/users',
  right: 'admin',
  scope: 'platform',
  audit: 'within',
  summary: 'Create a user who may sign in',
  body: z
    .object({ username: z.string().min(1).describe('the name to sign in with; kept in lower case'), ...person })
    .meta({ id: 'NewUser' }),
  status: 201,
  answer: user,
  handle: ({ users }, { body, by }) => users.create(body, by),
  terminal: {
    summary: 'Create a user who may sign in; asks for the password',
    args: ['username'],
    fields: ['role', 'email', 'firstName', 'lastName'],
    change: {
      email: { flags: '--email <address>' },
      firstName: { flags: '--first-name <name>' },
      lastName: { flags: '--last-name <name>' },
    },
    options: [passwordStdin],
    examples: [
      'sluice users create ada --role admin --email ada@example.org --first-name Ada --last-name Lovelace',
      'sluice users create ada --role viewer --email ada@example.org --first-name Ada --last-name Lovelace --password-stdin < file',
    ],
    input: async ({ newPassword }, line) => ({ body: { password: await newPassword(line.flag('passwordStdin')) } }),
    show: ({ username, role }) => `${username} (${role}) may sign in at /login`,
  },
})
