export { FileIsGone, type LakeFile, lakeFiles } from './lake-files.ts'
export { backupPlaceOf } from './place-of.ts'
