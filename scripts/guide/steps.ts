/** What a guide has its reader do, in its order. */
export type Step =
  | { readonly kind: 'writes'; readonly file: string; readonly text: string }
  | { readonly kind: 'types'; readonly lines: readonly string[] }
  | { readonly kind: 'shows'; readonly lines: readonly string[] }

const block = /(?:<!-- (file|write|shows)(?:: (\S+))? -->\n)?```(\w+)\n([\s\S]*?)```/g

/**
 * Files to write (`<!-- file: examples/NAME/... -->`, where the folder of the example is that of the platform, and `<!-- write: PATH -->`),
 * lines to type (blocks of bash) and lines that what was typed last has shown (`<!-- shows -->`).
 */
export function readSteps(guide: string): readonly Step[] {
  return [...guide.matchAll(block)].flatMap(([, marker, path = '', language, text = '']): readonly Step[] => {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    if (marker === 'shows') return [{ kind: 'shows', lines }]
    if (marker === 'file' || marker === 'write') return [{ kind: 'writes', file: path.replace(/^examples\/[^/]+\//, ''), text }]
    return language === 'bash' ? [{ kind: 'types', lines }] : []
  })
}
