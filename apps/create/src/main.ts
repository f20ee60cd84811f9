import { readFileSync } from 'node:fs'
import { toErrorRecord } from '@sluice/core'
import { create, nextText } from './create.ts'
import { help, readLine } from './line.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const args = process.argv.slice(2)
const asJson = args.includes('--json')

try {
  const line = readLine(args)
  if (line.wants === 'help') process.stdout.write(help)
  else if (line.wants === 'version') process.stdout.write(`${version}\n`)
  else {
    const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true && !line.json
    const created = await create(line, { version, isTerminal, note: (text) => void process.stderr.write(`${text}\n`) })
    const { folder, plan, installed } = created
    const result = { folder, name: plan.name, template: plan.template, files: plan.writes.map(({ path }) => path), installed }
    process.stdout.write(line.json ? `${JSON.stringify(result)}\n` : nextText(created))
  }
} catch (error) {
  const { stack, ...record } = toErrorRecord(error)
  process.stderr.write(
    asJson
      ? `${JSON.stringify({ error: record })}\n`
      : `error: ${record.message}\n${record.next === undefined ? '' : `next   ${record.next}\n`}`,
  )
  process.exitCode = record.facts?.usage === true ? 2 : 1
}
