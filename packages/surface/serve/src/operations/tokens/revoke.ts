import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { whose } from './whose.ts'

export const revokeToken = endpoint({
  name: 'tokens.revoke',
  method: 'delete',
  path: '/tokens/{token}',
  right: 'viewer',
  scope: 'projects',
  audit: 'within',
  summary: 'End a personal token: it is refused from now on',
  params: z.object({ token: z.string().describe('the name of the token') }),
  query: z.object({ user: z.string().min(1).optional().describe('whose it is: an admin names another user; yours unless given') }),
  answer: z.object({ username: z.string(), revoked: z.string() }),
  handle: async ({ users }, { params: { token }, query: { user }, caller, by }) => {
    const username = whose(caller, user)
    await users.revokeToken(username, token, by)
    return { username, revoked: token }
  },
  terminal: {
    args: ['token'],
    examples: ['sluice tokens revoke ci --user ada'],
    show: ({ username, revoked }) => `the token ${revoked} of ${username} is refused from now on`,
  },
})
