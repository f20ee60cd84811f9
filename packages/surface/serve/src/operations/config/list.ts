import { endpoint } from '../../endpoint/endpoint.ts'
import { setting } from '../../schemas/settings.ts'
import { onePage, pageOf } from '../../schemas/values.ts'

export const listSettings = endpoint({
  name: 'config.list',
  method: 'get',
  path: '/config',
  right: 'admin',
  scope: 'platform',
  summary: 'Every setting with its value and where it comes from; secrets without their value',
  answer: pageOf(setting),
  handle: async ({ settings }) => onePage(await settings.list()),
})
