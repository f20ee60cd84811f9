export { type Read, readPayload, type SlackMessage } from './payload.ts'
export { type ChannelState, type SlackOptions, type SlackSimulator, start } from './start.ts'
