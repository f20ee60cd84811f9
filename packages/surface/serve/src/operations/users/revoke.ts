import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { user } from '../../schemas/users.ts'

export const revokeProject = endpoint({
  name: 'users.revoke',
  method: 'delete',
  path: '/users/{username}/grants/{granted}',
  right: 'admin',
  scope: 'platform',
  audit: 'within',
  summary: 'Take back the role that a user was given in one project',
  params: z.object({ username: z.string().describe('the user'), granted: z.string().describe('the project') }),
  answer: user,
  handle: ({ users }, { params: { username, granted }, by }) => users.revoke(username, granted, by),
  terminal: {
    args: ['username', 'granted'],
    examples: ['sluice users revoke ada crypto-coincap'],
    show: ({ username, role }, { input: { params } }) =>
      `${username} has no role of their own in ${params.granted}${role === 'none' ? '' : `; they are ${role} in every project`}`,
  },
})
