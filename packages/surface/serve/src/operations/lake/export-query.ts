import { given } from '@sluice/core'
import { z } from 'zod'
import { streamEndpoint } from '../../endpoint/endpoint.ts'
import { ofProject } from '../../schemas/values.ts'
import { contentTypes, formats, mediaTypes } from './formats.ts'
import { question } from './target.ts'

export const exportQuery = streamEndpoint({
  name: 'lake.exportQuery',
  method: 'post',
  path: '/lake/{project}/query/rows',
  right: 'editor',
  audit: 'query',
  summary: 'All rows of one query over the lake, as a file',
  params: ofProject,
  body: z.object({ sql: question, limit: z.number().int().min(1).optional(), format: z.enum(formats).default('json') }),
  contentTypes: mediaTypes,
  handle: async ({ lakes }, { params: { project }, body: { sql, format, limit }, signal }) => ({
    contentType: contentTypes[format],
    fileName: `query.${format}`,
    chunks: await (await lakes.named(project)).answerFile(sql, given({ format, limit }), signal),
  }),
})
