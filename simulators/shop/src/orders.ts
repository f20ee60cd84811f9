import { integerAt, pickAt, randomKey } from '@sluice/simulator-kit'

/** An order as the API answers it. Money is text. */
export interface Order {
  readonly id: number
  readonly customer: string
  readonly status: 'paid' | 'shipped' | 'refunded'
  readonly total: string
  readonly created_at: string
  readonly updated_at: string
}

const STATUSES = ['paid', 'shipped', 'refunded'] as const
/** The first order was made at this instant; each later one some minutes after the one before it. */
const FIRST = Date.UTC(2026, 0, 1)

/** The order of a number, from 1: a pure function of the seed. */
export function orderAt(seed: number, id: number): Order {
  const key = randomKey(seed, 'order', String(id))
  const created = FIRST + id * 600_000 + integerAt(key, 1, 0, 599_999)
  return {
    id,
    customer: `c${integerAt(key, 2, 1, 40)}`,
    status: pickAt(key, 3, STATUSES),
    total: `${integerAt(key, 4, 1, 500)}.${String(integerAt(key, 5, 0, 99)).padStart(2, '0')}`,
    created_at: new Date(created).toISOString(),
    updated_at: new Date(created + integerAt(key, 6, 0, 86_400_000)).toISOString(),
  }
}

/** A product, whose ids of 19 digits no number of JavaScript holds. */
export const productId = (index: number): string => String(9_007_199_254_740_993_000n + BigInt(index))

export interface Product {
  readonly id: string
  readonly name: string
  readonly stock: number
}

export function productAt(seed: number, index: number): Product {
  const key = randomKey(seed, 'product', String(index))
  return {
    id: productId(index),
    name: `${pickAt(key, 1, ['Oak', 'Pine', 'Elm'])} ${pickAt(key, 2, ['table', 'chair', 'lamp'])} ${index}`,
    stock: integerAt(key, 3, 0, 90),
  }
}
