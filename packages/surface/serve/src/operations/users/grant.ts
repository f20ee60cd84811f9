import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { role, user } from '../../schemas/users.ts'
import { ofUser } from './of-name.ts'

export const grantProject = endpoint({
  name: 'users.grant',
  method: 'post',
  path: '/users/{username}/grants',
  right: 'admin',
  scope: 'platform',
  audit: 'within',
  summary: 'Give a user a role in one project, from their next request on',
  params: ofUser,
  body: z.object({ in: z.string().min(1).describe('the project'), role }),
  answer: user,
  handle: async ({ users, datasets }, { params: { username }, body: { in: project, role: given }, by }) => {
    // Says which projects there are for a name that is none of them.
    await datasets.all(project)
    return await users.grant(username, project, given, by)
  },
  terminal: {
    args: ['username', 'in', 'role'],
    examples: ['sluice users grant ada crypto-coincap editor'],
    show: ({ username }, { input: { body } }) => `${username} is ${body.role} in ${body.in}`,
  },
})
