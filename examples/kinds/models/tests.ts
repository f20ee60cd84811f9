import { given } from 'sluice'
import { perDayInLake, viewOfDays, worthy } from '../pipelines/sales.ts'

const sold = (shop: string, day: string, cents: number) => ({ sale: `${shop} ${cents}`, shop, day, cents })
const published = [sold('north', '2026-11-19', 300), sold('north', '2026-11-19', 99), sold('south', '2026-11-19', 100)]

export const smallSalesAreLeftOut = given(worthy.model, { published }, { expect: [{ cents: 300 }, { cents: 100 }] })

export const aShopHasOneRowADay = given(
  viewOfDays,
  { published },
  {
    expect: [
      { shop: 'north', day: '2026-11-19', cents: '300' },
      { shop: 'south', day: '2026-11-19', cents: '100' },
    ],
  },
)

export const daysCountAllSales = given(perDayInLake, { sales: published }, { expect: [{ day: '2026-11-19', sales: 3, cents: '499' }] })
