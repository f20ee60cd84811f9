import { z } from '@hono/zod-openapi'
import { endpoint } from '../endpoint.ts'
import { explainedSetting, setting } from '../schemas/stores.ts'
import { onePage, pageOf } from '../schemas/values.ts'

const tag = 'config'

export const listSettings = endpoint({
  method: 'get',
  path: '/config',
  tag,
  summary: 'Every setting with its value and where it comes from; secrets without their value',
  answer: pageOf(setting),
  handle: async ({ settings }) => onePage(await settings.list()),
})

export const explainSetting = endpoint({
  method: 'get',
  path: '/config/{key}',
  tag,
  summary: 'Where the value of a setting (by key or variable) comes from',
  params: z.object({ key: z.string() }),
  answer: pageOf(explainedSetting),
  handle: async ({ settings }, { params }) => onePage(await settings.explain(params.key)),
})
