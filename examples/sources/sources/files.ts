import { excel, fileSource } from 'sluice'

/** What the tills of the shops export at night: whatever CSV each of them writes. */
export const tillFiles = fileSource({ name: 'tills', folder: 'inbox/tills', pattern: '*.csv' })

/** The buyers keep one workbook, and write over it. */
export const priceList = fileSource({ name: 'prices', folder: 'inbox', pattern: 'prices.xlsx', format: excel({ sheet: 'Prices' }) })
