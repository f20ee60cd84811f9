import { type Json, taskErrors } from '@sluice/core'

/** 64 KiB of JSON. */
const mostOutputBytes = 65_536

/**
 * A task's output as it is stored: what JSON makes of it. `undefined` stays: the task gave none.
 * @throws `task.output` when JSON cannot hold it, or when it is larger than 64 KiB.
 */
export function storableOutput(task: string, value: unknown): Json | undefined {
  if (value === undefined) return undefined
  const place = unstorableIn(value, '', new Set())
  if (place !== undefined) {
    throw taskErrors.output(`the output of ${task} cannot be stored as JSON: ${place}`, {
      facts: { task },
      next: 'Return text, numbers, plain objects and lists, or a dataset reference.',
    })
  }
  const text = JSON.stringify(value)
  if (Buffer.byteLength(text) > mostOutputBytes) {
    throw taskErrors.output(`the output of ${task} has ${Buffer.byteLength(text)} bytes, more than ${mostOutputBytes}`, {
      facts: { task, bytes: Buffer.byteLength(text) },
      next: 'Write rows to a dataset and return its reference.',
    })
  }
  return JSON.parse(text) as Json
}

/** A character that the metadata database cannot hold: it would be replaced, and the tasks below would be given another text. */
function oddIn(text: string): string | undefined {
  if (text.includes('\0')) return 'the character NUL'
  return text.isWellFormed() ? undefined : 'half of a surrogate pair'
}

/** Where the first value is that JSON would refuse or silently change, or undefined. */
function unstorableIn(value: unknown, path: string, above: Set<object>): string | undefined {
  const here = path === '' ? 'it' : `output${path}`
  switch (typeof value) {
    case 'string':
      return oddIn(value) === undefined ? undefined : `${here} holds ${oddIn(value)}`
    case 'boolean':
    case 'undefined':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : `${here} is ${value}`
    case 'object':
      break
    default:
      return `${here} is a ${typeof value}`
  }
  if (value === null) return undefined
  if (above.has(value)) return `${here} contains itself`
  const prototype = Object.getPrototypeOf(value) as object | null
  if (!Array.isArray(value) && prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return `${here} is a ${(value as { constructor?: { name?: string } }).constructor?.name ?? 'special object'}`
  }
  above.add(value)
  for (const [key, item] of Object.entries(value)) {
    const odd = oddIn(key)
    if (odd !== undefined) return `${here} has a name that holds ${odd}`
    const found = unstorableIn(item, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, above)
    if (found !== undefined) return found
  }
  above.delete(value)
  return undefined
}
