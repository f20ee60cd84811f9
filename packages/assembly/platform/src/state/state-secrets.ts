import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownerToken } from '@sluice/serve/owner'

/**
 * What a state directory keeps secret for the platform itself: its key and the token made of it, the passwords of PostgreSQL and of the
 * warehouses' roles, the tokens of simulators. Code of a task may read them, since it runs as the owner of the folder; what it prints of
 * them is masked. Of another host's state nothing is there.
 */
export function stateSecrets(stateDir: string): readonly string[] {
  const textOf = (name: string): string => {
    try {
      return readFileSync(join(stateDir, name), 'utf8').trim()
    } catch {
      return ''
    }
  }
  const key = textOf('key')
  const found = [
    ...(key === '' ? [] : [key, ownerToken(key)]),
    textOf('postgres/password'),
    ...textsIn(textOf('warehouses.json'), () => true),
    ...textsIn(textOf('services.json'), (name) => name === 'token'),
  ]
  return [...new Set(found.filter((text) => text !== ''))]
}

/** The texts in a file of JSON under names that count. */
function textsIn(json: string, counts: (name: string) => boolean): readonly string[] {
  const texts: string[] = []
  if (json === '') return texts
  JSON.parse(json, (name, value: unknown) => {
    if (typeof value === 'string' && counts(name)) texts.push(value)
    return value
  })
  return texts
}
