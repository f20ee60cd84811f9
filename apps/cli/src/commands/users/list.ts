import { command } from '../../cli/command.ts'
import { table } from '../../format/table.ts'
import { relative } from '../../format/words.ts'

export const listUsers = command({
  path: 'users list',
  summary: 'Who may sign in',
  examples: ['sluice users list', 'sluice users list --json'],
  run: async ({ client, output }) => {
    const { items } = await (await client()).users.list()
    const now = Date.now()
    output.result(items, () =>
      table(
        items,
        [
          { title: 'USER', of: ({ username }) => username },
          { title: 'ROLE', of: ({ role, disabled }) => (disabled ? `${role}, disabled` : role) },
          { title: 'NAME', of: ({ firstName, lastName }) => `${firstName} ${lastName}` },
          { title: 'E-MAIL', of: ({ email }) => email },
          { title: 'PASSWORD SET', of: ({ passwordChangedAt }) => relative(passwordChangedAt, now) },
        ],
        'There are no users. Create one: sluice users create NAME --role admin --email ADDRESS --first-name A --last-name B',
      ),
    )
    return 0
  },
})
