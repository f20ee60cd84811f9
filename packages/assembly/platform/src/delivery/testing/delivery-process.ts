import { startDelivery } from '../delivery.ts'

/** A delivery in a process of its own, to be killed. Arguments: database URL, SMTP port. */
const [databaseUrl = '', port = ''] = process.argv.slice(2)
await startDelivery({
  databaseUrl,
  stateDir: '/state',
  warehouses: {},
  mail: { host: '127.0.0.1', port: Number(port), security: 'none', from: 'sluice@example.org' },
  noMailHint: String,
  note: (text) => process.stderr.write(`${text}\n`),
})
