/** Lines that must not compile, each with the reason. `tsc` fails when one of them compiles. */

import { decimal, table, task, text } from './index.ts'

const prices = table({
  name: 'public.prices',
  columns: { asset_id: text({ notNull: true }), prix: decimal(38, 18, { notNull: true }) },
  key: ['asset_id'],
})

// What must compile, so that the lines below fail for their own reason.
task({ name: 'land', run: (_, { lake }) => lake.land('bronze.assets', (async function* () {})()) })

// @ts-expect-error a retention on an undeclared column
task({ name: 'k', run: (_, { warehouse }) => warehouse.retain(prices, { column: 'seen_at', olderThan: '30d' }) })
// @ts-expect-error bronze is the only layer one can land in
task({ name: 'j', run: (_, { lake }) => lake.land('silver.assets', (async function* () {})()) })
// @ts-expect-error a capability that does not exist
task({ name: 'l', run: (_, { stream }) => stream.read() })
