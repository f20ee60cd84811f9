import { given } from '@sluice/core'
import { z } from 'zod'
import { streamEndpoint } from '../../endpoint/endpoint.ts'
import { askedBy, streamInTurn } from '../../endpoint/in-turn.ts'
import { ofProject } from '../../schemas/values.ts'
import { namedProject } from '../scope.ts'
import { contentTypes, formats, mediaTypes } from './formats.ts'
import { question } from './target.ts'

export const exportQuery = streamEndpoint({
  name: 'lake.exportQuery',
  method: 'post',
  path: '/lake/{project}/query/rows',
  right: 'editor',
  scope: namedProject,
  audit: 'query',
  summary: 'All rows of one query over the lake, as a file',
  params: ofProject,
  body: z.object({ sql: question, limit: z.number().int().min(1).optional(), format: z.enum(formats).default('json') }),
  contentTypes: mediaTypes,
  handle: async ({ lakes, turns }, { params: { project }, body: { sql, format, limit }, caller, signal }) => {
    const lake = await lakes.named(project)
    const open = () => lake.answerFile(sql, { ...given({ format, limit }), ...askedBy(caller) }, signal)
    return {
      contentType: contentTypes[format],
      fileName: `query.${format}`,
      chunks: await streamInTurn(turns, { caller, signal }, open),
    }
  },
})
