import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { table } from '../../format/table.ts'
import { relative } from '../../format/words.ts'
import { tokenSummary } from '../../schemas/tokens.ts'
import { onePage, pageOf } from '../../schemas/values.ts'
import { whose } from './whose.ts'

export const listTokens = endpoint({
  name: 'tokens.list',
  method: 'get',
  path: '/tokens',
  right: 'viewer',
  scope: 'projects',
  summary: 'Personal tokens with their role, projects and end; those of all users for an admin, your own otherwise',
  query: z.object({ user: z.string().min(1).optional().describe('only those of this user') }),
  answer: pageOf(tokenSummary),
  handle: async ({ users }, { query: { user }, caller }) => {
    const all = user === undefined && caller.grants.get('*') === 'admin'
    return onePage(await users.tokens(all ? undefined : whose(caller, user)))
  },
  terminal: {
    examples: ['sluice tokens list', 'sluice tokens list --user ada --json'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'USER', of: ({ username }) => username },
          { title: 'TOKEN', of: ({ name }) => name },
          { title: 'ROLE', of: ({ role }) => role },
          { title: 'PROJECTS', of: ({ projects }) => projects?.join(', ') ?? 'all of the user' },
          { title: 'ENDS', of: ({ expiresAt }) => (expiresAt <= now ? 'over' : relative(expiresAt, now)) },
          { title: 'USED', of: ({ usedAt }) => relative(usedAt, now) },
        ],
        'There are no tokens. Make one: sluice tokens create NAME --user USER --role viewer --expires 30d',
      ),
  },
})
