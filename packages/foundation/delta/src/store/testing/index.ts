export { isThere } from '../../interop/testing/installation.ts'
export { validateLog } from '../../testing/validate-log.ts'
export { credentials } from './location.ts'
export { fakeGcs, type Server, startFakeGcs, startVersitygw, versitygw } from './servers.ts'
