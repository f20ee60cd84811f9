import { sqlSource } from 'sluice'

/** Customers that were changed since the last pull. */
export const crmCustomers = sqlSource({
  connection: 'crm',
  table: 'sales.customers',
  mode: { incremental: 'changed_at', overlap: '1h' },
})
