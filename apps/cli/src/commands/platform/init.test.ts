import { templateNames } from '@sluice/scaffold'
import { expect, test } from 'vitest'
import { init } from './init.ts'

test('init offers the templates that there are; it names them by itself, since a command loads no more than its own words', () => {
  expect(init.options?.find(({ flags }) => flags.includes('--template'))?.choices).toEqual(templateNames)
})
