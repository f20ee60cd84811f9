import { expect, it } from 'vitest'
import { restSource } from './rest-source.ts'
import { withVariables } from './rest-variables.ts'

const values: Readonly<Record<string, string>> = { repository: 'nodejs/node', team: 'a & b?', 'api version': '2026-12-01' }
const read = (name: string): string => {
  const value = values[name]
  if (value === undefined) throw new Error(`there is no variable ${name}`)
  return value
}
const source = (more: object) => restSource({ name: 'releases', connection: 'github', path: '/x', ...more } as never)

it('puts the values of variables into path, query, headers and body, and nothing else', () => {
  const asked = withVariables(
    source({
      path: '/repos/{variables.repository}/of/{variables.team}/{since}',
      query: { team: '{variables.team}', since: '{since}', size: 3 },
      headers: { 'x-version': '{variables.api version}' },
      body: { in: [{ team: 'of {variables.team}' }, 1, null, true], other: '{variable.team}' },
      rows: '$[*]',
      incremental: { by: 'greatest', at: '$.id', as: 'number' },
    }),
    read,
  )
  expect(asked).toMatchObject({
    path: '/repos/nodejs/node/of/a%20%26%20b%3F/{since}',
    query: { team: 'a & b?', since: '{since}', size: 3 },
    headers: { 'x-version': '2026-12-01' },
    body: { in: [{ team: 'of a & b?' }, 1, null, true], other: '{variable.team}' },
    name: 'releases',
  })
})

it('a source without variables is asked as it is, and a variable that is missing is told', () => {
  const plain = source({ query: { q: 'x' } })
  expect(withVariables(plain, read)).toEqual(plain)
  expect(() => withVariables(source({ path: '/{variables.missing}' }), read)).toThrow('there is no variable missing')
  expect(() => source({ path: '/{variables.}' })).toThrow('which nothing gives a value to')
})
