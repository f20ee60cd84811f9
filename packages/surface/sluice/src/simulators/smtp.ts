/** A mail server that keeps what it receives, for the demo of a platform: `demo: { smtp: 'sluice/simulators/smtp' }`. */
export * from '@sluice/simulator-smtp'
