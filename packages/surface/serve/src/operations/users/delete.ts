import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { ofUser } from './of-name.ts'

export const deleteUser = endpoint({
  name: 'users.delete',
  method: 'delete',
  path: '/users/{username}',
  right: 'admin',
  scope: 'platform',
  audit: 'within',
  summary: 'Remove a user and end their sessions',
  params: ofUser,
  answer: z.object({ deleted: z.string() }),
  handle: async ({ users }, { params: { username }, by }) => {
    await users.remove(username, by)
    return { deleted: username.toLowerCase() }
  },
  terminal: {
    args: ['username'],
    examples: ['sluice users delete ada --yes'],
    confirm: { yes: 'do not ask', question: ({ params }) => `Delete the user ${params.username}?` },
    show: ({ deleted }) => `${deleted} is deleted`,
  },
})
