import { command } from '../../cli/command.ts'
import { confirm } from '../../cli/confirm.ts'
import { instantOf, UsageError, wholeNumber } from '../../cli/given.ts'
import { count } from '../../format/words.ts'

export const lakeRestore = command({
  path: 'lake restore',
  summary: 'Make an older version of a table the newest, or put a verified export of gold into a table',
  args: { '<dataset>': 'silver.assets with --version or --timestamp; gold.NAME with --into' },
  options: [
    { flags: '--version <n>', description: 'the version', parse: wholeNumber },
    { flags: '--timestamp <time>', description: 'the newest version at that time, such as 2026-11-20T12:00:00Z' },
    { flags: '--into <table>', description: 'of an export: the table of silver that then holds exactly its rows' },
    { flags: '--export <version>', description: 'of an export: which one, as "lake history" lists them; the newest unless given' },
    { flags: '-y, --yes', description: 'do not ask' },
  ],
  examples: [
    'sluice lake restore silver.assets --version 12',
    'sluice lake restore silver.assets --timestamp 2026-11-20T12:00:00Z --yes',
    'sluice lake restore gold.temps_reel --into silver.temps_reel_restored',
  ],
  run: async ({ client, output, global }, given) => {
    const dataset = given.arg('dataset')
    const [version, timestamp, into, which] = [given.number('version'), given.text('timestamp'), given.text('into'), given.text('export')]
    const at = { dataset, ...(global.project === undefined ? {} : { project: global.project }) }
    if (into !== undefined) {
      if (version !== undefined || timestamp !== undefined) throw new UsageError('--into takes an export: name it with --export')
      await confirm(
        output,
        given.flag('yes'),
        `Put the export of ${dataset} into ${into}? Rows that the table has now go from its newest version.`,
      )
      const answer = await (await client()).lake.restoreExport({
        body: { ...at, into, ...(which === undefined ? {} : { version: which }) },
      })
      output.result(answer, () => `${answer.dataset} version ${answer.version}: ${count(answer.rows)} rows of ${answer.from}, verified`)
      return 0
    }
    if ((version === undefined) === (timestamp === undefined)) throw new UsageError('give --version or --timestamp; for an export, --into')
    const to = version === undefined ? { timestamp: instantOf(timestamp) } : { version }
    await confirm(
      output,
      given.flag('yes'),
      `Make ${dataset} as it was? A new version is made of the older one; those between stay readable.`,
    )
    const answer = await (await client()).lake.restore({ body: { ...at, ...to } })
    output.result(
      answer,
      () =>
        `version ${answer.version}: ${count(answer.files)} files, ${count(answer.restoredFiles)} of them back, ${count(answer.removedFiles)} gone`,
    )
    return 0
  },
})
