import { command } from '../../cli/command.ts'
import { fields, table } from '../../format/table.ts'

export const explainConfig = command({
  path: 'config explain',
  summary: 'Where the value of a setting comes from; all settings without a key',
  args: { '[key]': 'a key such as port, or a variable such as COINCAP_API_KEY' },
  examples: ['sluice config explain', 'sluice config explain port', 'sluice config explain COINCAP_API_KEY --json'],
  run: async ({ client, output }, given) => {
    const api = await client()
    const key = given.optionalArg('key')
    if (key === undefined) {
      const { items } = await api.config.list()
      output.result(items, () =>
        table(
          items,
          [
            { title: 'KEY', of: (each) => each.key },
            { title: 'VALUE', of: ({ value }) => (value === null ? '(not set)' : String(value)) },
            { title: 'FROM', of: ({ source, where }) => from(source, where) },
            { title: 'VARIABLE', of: ({ env }) => env },
          ],
          'There are no settings.',
        ),
      )
      return 0
    }
    const { items } = await api.config.explain({ params: { key } })
    output.result(items.length === 1 ? items[0] : items, () =>
      items
        .map((each) =>
          [
            fields([
              ['key', each.key],
              ['value', each.value === null ? '(not set)' : String(each.value)],
              ['from', from(each.source, each.where)],
              ['variable', each.env],
            ]),
            '',
            table(
              each.candidates,
              [
                { title: '', of: ({ wins }) => (wins ? '>' : ' ') },
                { title: 'ASKED', of: ({ source }) => source },
                { title: 'WHERE', of: ({ where }) => where },
                { title: 'VALUE', of: ({ value }) => (value === null ? '(not set)' : String(value)) },
              ],
              'Nowhere.',
            ),
          ].join('\n'),
        )
        .join('\n\n'),
    )
    return 0
  },
})

const from = (source: string | null, where: string | null): string =>
  source === null ? '-' : where === null || where === source ? source : `${source} (${where})`
