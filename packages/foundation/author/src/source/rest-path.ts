import { refused } from '../base/faults.ts'
import { type JsonPath, jsonPath } from '../dataset/bodies.ts'

/** A path into an answer: `$.meta.next`. One that ends in `[*]` is each element of a list. */
export type AnswerPath = `$${string}`

/** @throws `definition.invalid` for what is not a path, or not one to a single value */
export function onePath(where: string, option: string, path: unknown): readonly string[] {
  const { keys, each } = pathIn(where, option, path)
  if (each)
    throw refused(where, `${option} is "${String(path)}", which is each element of a list`, 'Write the path to one value: $.meta.next.')
  return keys
}

/** @throws `definition.invalid` for what is not a path */
export function pathIn(where: string, option: string, path: unknown): JsonPath {
  try {
    return jsonPath(String(path))
  } catch {
    throw refused(
      where,
      `${option} is ${JSON.stringify(path)}, which is not a path`,
      'Write the keys from the body on: $.data[*], $.meta.next.',
    )
  }
}
