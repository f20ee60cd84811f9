import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { fields, table } from '../../format/table.ts'
import { explainedSetting } from '../../schemas/settings.ts'
import { onePage, pageOf } from '../../schemas/values.ts'
import type { ExplainedSetting, SettingRow } from '../../services.ts'
import { listSettings } from './list.ts'

export const explainSetting = endpoint({
  name: 'config.explain',
  method: 'get',
  path: '/config/{key}',
  right: 'admin',
  scope: 'platform',
  summary: 'Where the value of a setting comes from; all settings without a key',
  params: z.object({ key: z.string().describe('a key such as port, or a variable such as COINCAP_API_KEY') }),
  answer: pageOf(explainedSetting),
  handle: async ({ settings }, { params }) => onePage(await settings.explain(params.key)),
  terminal: {
    args: [{ field: 'key', optional: true }],
    examples: ['sluice config explain', 'sluice config explain port', 'sluice config explain COINCAP_API_KEY --json'],
    // The settings of this shell: a server that runs has those it was started with.
    inOwnProcess: () => true,
    run: async ({ output, call }, line, send) => {
      const key = line.optionalArg('key')
      if (key === undefined) {
        const { items } = await call(listSettings)
        output.result(items, () => settingsText(items))
        return 0
      }
      const { items } = await send({ params: { key } })
      output.result(items.length === 1 ? items[0] : items, () => items.map(explanation).join('\n\n'))
      return 0
    },
  },
})

const settingsText = (items: readonly SettingRow[]): string =>
  table(
    items,
    [
      { title: 'KEY', of: (each) => each.key },
      { title: 'VALUE', of: (each) => valueText(each) },
      { title: 'FROM', of: ({ source, where }) => from(source, where) },
      { title: 'VARIABLE', of: ({ env }) => env },
    ],
    'There are no settings.',
  )

const explanation = (each: ExplainedSetting): string =>
  [
    fields([
      ['key', each.key],
      ['value', valueText(each)],
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
        { title: 'VALUE', of: (candidate) => valueText(candidate) },
      ],
      'Nowhere.',
    ),
  ].join('\n')

const valueText = ({ value }: Pick<SettingRow, 'value'>): string => (value === null ? '(not set)' : String(value))

const from = (source: string | null, where: string | null): string =>
  source === null ? '-' : where === null || where === source ? source : `${source} (${where})`
