/**
 * A statement and the one that takes it back; lines of comment may stand before it, or alone. Without its semicolon. What takes away says
 * `if exists`: what came by hand to this database is not in a new one, where the migration runs too.
 */
export interface Change {
  readonly up: string
  readonly down: string
}

export const turned = ({ up, down }: Change): Change => ({ up: down, down: up })

/** The two files of a migration: what is done last is taken back first. */
export function filesOf(changes: readonly Change[]): { readonly up: string; readonly down: string } {
  return {
    up: fileText(changes.map(({ up }) => up)),
    down: fileText(changes.map(({ down }) => down).reverse()),
  }
}

export const fileText = (statements: readonly string[]): string =>
  statements.map((statement) => (isComment(statement) ? `${statement}\n` : `${statement};\n`)).join('\n')

const isComment = (statement: string): boolean => statement.split('\n').every((line) => line.startsWith('--'))
