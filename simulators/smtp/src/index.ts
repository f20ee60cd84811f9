export { certificate, expiredCertificate } from './certificate.ts'
export type { SmtpFault } from './faults.ts'
export type { ReceivedMail } from './mailbox.ts'
export { type SmtpOptions, type SmtpSimulator, start } from './start.ts'
