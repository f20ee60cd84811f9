import { expect, test } from 'vitest'
import { projectOfDataset } from './project-of.ts'

const dataset = (project: string, name: string) => ({ project, dataset: `${project}:lake.silver.${name}`, layer: 'silver', name })
const known = [dataset('shop', 'orders'), dataset('shop', 'assets'), dataset('coins', 'assets')]
const projects = ['shop', 'coins']

test('a full id, --project or the only holder decides', () => {
  expect(projectOfDataset({ dataset: 'coins:lake.silver.assets' }, known, projects)).toBe('coins')
  expect(projectOfDataset({ dataset: 'silver.assets', project: 'coins' }, known, projects)).toBe('coins')
  expect(projectOfDataset({ dataset: 'silver.orders' }, known, projects)).toBe('shop')
  expect(projectOfDataset({ dataset: 'silver.none' }, known, ['shop'])).toBe('shop')
})

test('a name of several projects is refused with the full ids, one of none is unknown', () => {
  expect(() => projectOfDataset({ dataset: 'silver.assets' }, known, projects)).toThrow(
    expect.objectContaining({ code: 'request.invalid', next: 'Name one: shop:lake.silver.assets or coins:lake.silver.assets.' }),
  )
  expect(() => projectOfDataset({ dataset: 'silver.none' }, known, projects)).toThrow(
    expect.objectContaining({ code: 'lake.dataset_unknown' }),
  )
})
