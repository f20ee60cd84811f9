import { cron, csv, fileSource, pipeline, pull } from 'sluice'
import { sales } from '../datasets/sales.ts'

/** What the shops send each night. */
const inbox = fileSource({
  name: 'sales',
  folder: 'inbox/sales',
  pattern: '**/*.csv',
  format: csv({ delimiter: ';' }),
  ready: { stable: '10s' },
  vanished: 'keep',
  drift: { new: 'ignore', missing: 'refuse' },
})

export default pipeline({
  name: 'sales',
  schedule: cron('0 6 * * *'),
  steps: [pull({ from: inbox, into: sales, columns: { sold_on: 'Date of sale' } })],
})
