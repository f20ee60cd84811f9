import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { playGuide } from './play.ts'

const guide = (shown: string): string => `
\`\`\`bash
make it
cd it
\`\`\`
<!-- file: examples/weather/datasets/a.ts -->
\`\`\`ts
export {}
\`\`\`
\`\`\`bash
run it
\`\`\`
<!-- shows -->
\`\`\`text
done
\`\`\`
\`\`\`bash
show mx3ao0xacyvy
\`\`\`
<!-- shows -->
\`\`\`text
${shown}
\`\`\`
`

/** Answers each line with what it is in, and a run by its id. */
function reader() {
  const folder = mkdtempSync(join(tmpdir(), 'guide '))
  const lines: string[] = []
  return {
    folder,
    lines,
    type: async (line: string, at: string) => {
      lines.push(`${at.slice(folder.length)} ${line}`)
      return line === 'run it' ? 'run mx9999999999 of it:it\ndone' : `seen by ${line}`
    },
  }
}

test('a guide is played in its order: where its reader has gone, and with the run that its reader has', async () => {
  const person = reader()
  expect(await playGuide(guide('seen by show mx9999999999'), person)).toEqual({ typed: 3, seen: 2 })
  expect(person.lines).toEqual([' make it', '/it run it', '/it show mx9999999999'])
  expect(readFileSync(join(person.folder, 'it/datasets/a.ts'), 'utf8')).toBe('export {}\n')
})

test('what a guide shows and its reader does not see is a fault', async () => {
  await expect(playGuide(guide('██'), reader())).rejects.toThrow('the guide shows "██", and its reader saw:\nseen by show mx9999999999')
})
