import { dataset, integer, json, text, timestamp } from 'sluice'

export const answers = dataset('bronze.readings', { on: 'lake', bodies: json('$[*]', { station: text(), celsius: integer() }) })

export const readings = dataset('silver.readings', {
  on: 'lake',
  columns: { station: text(), celsius: integer(), read_at: timestamp() },
  order: 'read_at',
  keep: '365d',
})

export const archived = dataset('gold.readings', { on: 'lake', files: 'parquet' })
export const totals = dataset('gold.totals', { on: 'lake', files: 'csv' })
export const bulletin = dataset('gold.bulletin', { on: 'lake', files: 'text/plain' })
