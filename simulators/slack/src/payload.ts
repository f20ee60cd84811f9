/** A message as it was posted. */
export interface SlackMessage {
  /** Epoch milliseconds. */
  readonly at: number
  readonly path: string
  readonly text: string | undefined
  readonly blocks: readonly Readonly<Record<string, unknown>>[]
}

/** Slack's word for a payload that it does not take, or the message. */
export type Read = { readonly refused: 'invalid_payload' | 'no_text' | 'invalid_blocks' } | Pick<SlackMessage, 'text' | 'blocks'>

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const mostBlocks = 50

/** Reads a payload by the limits of Block Kit (https://docs.slack.dev/reference/block-kit/blocks). */
export function readPayload(body: Buffer): Read {
  let payload: unknown
  try {
    payload = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return { refused: 'invalid_payload' }
  }
  if (!isObject(payload)) return { refused: 'invalid_payload' }
  const { text, blocks = [] } = payload
  if (text !== undefined && typeof text !== 'string') return { refused: 'invalid_payload' }
  if (!Array.isArray(blocks) || blocks.length > mostBlocks || !blocks.every(isBlock)) return { refused: 'invalid_blocks' }
  if (blocks.length === 0 && (text === undefined || text === '')) return { refused: 'no_text' }
  return { text, blocks: blocks as readonly Fields[] }
}

function isBlock(block: unknown): boolean {
  if (!isObject(block)) return false
  switch (block.type) {
    case 'header':
      return isText(block.text, 150, ['plain_text'])
    case 'section': {
      const { text, fields } = block
      if (text === undefined && fields === undefined) return false
      const fieldsFit =
        fields === undefined ||
        (Array.isArray(fields) && fields.length > 0 && fields.length <= 10 && fields.every((each) => isText(each, 2_000)))
      return fieldsFit && (text === undefined || isText(text, 3_000))
    }
    case 'context':
      return Array.isArray(block.elements) && block.elements.length > 0 && block.elements.length <= 10
    case 'divider':
      return true
    default:
      return false
  }
}

function isText(text: unknown, most: number, types: readonly string[] = ['plain_text', 'mrkdwn']): boolean {
  if (!isObject(text) || typeof text.text !== 'string' || !types.some((type) => type === text.type)) return false
  return text.text.length > 0 && text.text.length <= most
}
