/** A small project of plain tasks: quick, and needs no upstream. */
export const shop: Readonly<Record<string, string>> = {
  'sluice.config.ts': `import { platform } from 'sluice'
export default platform({ projects: ['projects/shop'], port: 0 })
`,
  'projects/shop/package.json': '{ "name": "shop", "type": "module" }',
  'projects/shop/sluice.config.ts': `import { project } from 'sluice'
export default project({ name: 'shop', demo: { pipelines: ['sales'] } })
`,
  'projects/shop/pipelines/sales.ts': `import { pipeline, task } from 'sluice'
const count = task({ name: 'count', run: (_, { params, log }) => { log.info('counting', { day: params.day }); return { rows: 120 } } })
const report = task({ name: 'report', needs: { count }, run: ({ count }, { log }) => { log.info('REPORT: ' + count.rows + ' rows') } })
export default pipeline({ name: 'sales', params: { day: 'today' }, steps: [report] })
`,
  'projects/shop/queries/numbers.sql': '-- Numbers from 1\nselect n from generate_series(1, :last) n order by n',
  'projects/shop/pipelines/fails.ts': `import { pipeline, task } from 'sluice'
const breaks = task({ name: 'breaks', run: () => { throw new Error('the till is empty') } })
export default pipeline({ name: 'fails', steps: [breaks] })
`,
}
