/** The first rows of a query. */
export const limited = (sql: string, limit: number | undefined): string =>
  limit === undefined ? sql : `SELECT * FROM (${sql}) LIMIT ${Math.max(0, Math.floor(limit))}`
