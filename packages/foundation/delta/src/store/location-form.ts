import {
  action,
  either,
  type Form,
  filledText,
  implementing,
  isText,
  number,
  optional,
  options,
  positive,
  required,
} from '../options/form.ts'
import type { Bucket } from './bucket.ts'
import type { RetryPolicy } from './http.ts'
import type { StageOptions } from './stage.ts'
import type { LogStore } from './store.ts'

const store = implementing<LogStore>('a folder or a store', [
  'list',
  'walk',
  'stat',
  'read',
  'readBytes',
  'fetch',
  'hold',
  'putIfAbsent',
  'put',
  'persist',
  'adopt',
  'delete',
  'makeFolder',
])

/** The folder or the store of a table. */
export const location: Form<string | LogStore> = either<string | LogStore>(
  'a folder or a store',
  { when: isText, form: filledText },
  { when: (value) => typeof value === 'object' && value !== null, form: store },
)

export const bucketForm = implementing<Bucket>('a bucket', ['list', 'folders', 'head', 'get', 'put', 'create', 'upload', 'delete'])

export const stageOptions = options<StageOptions>({ folder: required(filledText), limitBytes: optional(number), keepMs: optional(number) })

export const retryPolicy = options<RetryPolicy>({ attempts: optional(positive), timeoutMs: optional(positive), delayMs: optional(action) })
