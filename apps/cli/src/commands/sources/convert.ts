import { count } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { formatOptions, knownFormat } from './known-format.ts'

export const convert = command({
  path: 'sources convert',
  summary: 'Write the rows of a file in another format: Parquet, CSV, JSON lines, or a folder that becomes a Delta table',
  args: [
    { name: 'in', description: 'a file of this machine: CSV, JSON, JSON lines, Excel, Avro, Parquet, XML or lines of fixed width' },
    { name: 'out', description: 'a name that ends in .parquet, .csv or .jsonl, or a folder' },
  ],
  options: [
    ...formatOptions,
    { flags: '--text', description: 'all columns stay text' },
    { flags: '--overwrite', description: 'an output that is there gives way' },
  ],
  examples: ['sluice sources convert orders.csv orders.parquet', 'sluice sources convert book.xlsx sales --sheet Sales --json'],
  run: async ({ output }, line) => {
    const { convertFile } = await import('@sluice/sources/convert')
    const done = await convertFile(line.arg('in'), line.arg('out'), {
      known: knownFormat(line),
      text: line.flag('text'),
      overwrite: line.flag('overwrite'),
      onProgress: (doing) => (output.interactive ? output.note(doing) : undefined),
    })
    const { rowsIn, rowsWritten, rowsQuarantined, quarantine, told } = done
    output.result(done, () =>
      [
        ...told.map((each) => `note: ${each}`),
        `${count(rowsIn)} rows in, ${count(rowsWritten)} written to ${done.output}, ${count(rowsQuarantined)} in quarantine`,
        ...(quarantine === null ? [] : [`what was not written, and why: ${quarantine}`]),
      ].join('\n'),
    )
    return 0
  },
})
