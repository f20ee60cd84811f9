import { startDelivery } from '../delivery.ts'

/**
 * A delivery in a process of its own, to be killed: `delivery-process.ts <SMTP port>`. The database is `DATABASE_URL`, since everybody sees
 * arguments.
 */
const [port = ''] = process.argv.slice(2)
const { DATABASE_URL: databaseUrl = '' } = process.env
await startDelivery({
  databaseUrl,
  stateDir: '/state',
  warehouses: {},
  mail: { host: '127.0.0.1', port: Number(port), security: 'none', from: 'sluice@example.org' },
  noMailHint: String,
  note: (text) => process.stderr.write(`${text}\n`),
})
