import { endpoint } from '../../endpoint/endpoint.ts'
import { table } from '../../format/table.ts'
import { relative } from '../../format/words.ts'
import { user } from '../../schemas/users.ts'
import { onePage, pageOf } from '../../schemas/values.ts'

export const listUsers = endpoint({
  name: 'users.list',
  method: 'get',
  path: '/users',
  right: 'admin',
  scope: 'platform',
  summary: 'Who may sign in',
  answer: pageOf(user),
  handle: async ({ users }) => onePage(await users.list()),
  terminal: {
    examples: ['sluice users list', 'sluice users list --json'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'USER', of: ({ username }) => username },
          { title: 'ROLE', of: ({ role, disabled }) => (disabled ? `${role}, disabled` : role) },
          {
            title: 'IN PROJECTS',
            of: ({ projects }) =>
              Object.entries(projects)
                .map(([project, granted]) => `${project}: ${granted}`)
                .join(', '),
          },
          { title: 'NAME', of: ({ firstName, lastName }) => `${firstName} ${lastName}` },
          { title: 'E-MAIL', of: ({ email }) => email },
          { title: 'PASSWORD SET', of: ({ passwordChangedAt }) => relative(passwordChangedAt, now) },
        ],
        'There are no users. Create one: sluice users create NAME --role admin --email ADDRESS --first-name A --last-name B',
      ),
  },
})
