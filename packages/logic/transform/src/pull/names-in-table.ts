import type { FileSource, Pull, SqlSource } from '@sluice/author'
import { type Lake, lakeErrors } from '@sluice/lake'

/** The names of the columns of the table, by themselves without case. Asked for where a source may add to them, else none. */
export async function namesInTable(of: {
  readonly lake: Lake
  readonly pull: Pick<Pull, 'into'> & { readonly from: Pick<FileSource | SqlSource, 'drift'> }
}): Promise<Map<string, string>> {
  const { lake, pull } = of
  if (pull.from.drift.new !== 'add') return new Map()
  const connection = await lake.connect()
  try {
    const columns = await connection.columns(await lake.scan(connection, pull.into.name))
    return new Map(columns.map(({ name }) => [name.toLowerCase(), name]))
  } catch (thrown) {
    if (lakeErrors.dataset_unknown.is(thrown)) return new Map()
    throw thrown
  } finally {
    connection.close()
  }
}
