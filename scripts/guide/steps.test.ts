import { expect, test } from 'vitest'
import { readSteps } from './steps.ts'

test('a guide is read as what its reader writes, types and sees', () => {
  const guide = [
    'Write',
    '<!-- file: examples/weather/a.ts -->',
    '```ts',
    'export {}',
    '```',
    '<!-- write: b.json -->',
    '```json',
    '{}',
    '```',
    '```bash',
    'one',
    '',
    'two',
    '```',
    '<!-- shows -->',
    '```text',
    'done',
    '```',
    '```ts',
    'only read',
    '```',
  ].join('\n')
  expect(readSteps(guide)).toEqual([
    { kind: 'writes', file: 'a.ts', text: 'export {}\n' },
    { kind: 'writes', file: 'b.json', text: '{}\n' },
    { kind: 'types', lines: ['one', 'two'] },
    { kind: 'shows', lines: ['done'] },
  ])
})
