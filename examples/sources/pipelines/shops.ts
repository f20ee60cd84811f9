import { cron, model, pipeline, pull, sql } from 'sluice'
import { margins, prices, tills } from '../datasets/furniture.ts'
import { priceList, tillFiles } from '../sources/files.ts'

const margin = model({
  into: margins,
  from: { tills, prices },
  refresh: 'full',
  query: ({ tills, prices }) => sql`
    select t.product, count(*) as sold, sum(t.amount - p.cost) as margin
    from ${tills} t join ${prices} p on p.product = t.product
    group by t.product`,
})

export default pipeline({
  name: 'shops',
  schedule: cron('@hourly'),
  steps: [pull({ from: tillFiles, into: tills }), pull({ from: priceList, into: prices, columns: { cost: 'Cost (EUR)' } }), margin],
})
