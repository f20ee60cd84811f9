export { type Installed, installed } from '../../../../../scripts/suite/installed.ts'
