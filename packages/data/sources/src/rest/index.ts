export { restPages } from './drive.ts'
export { NothingNew, type Purse, type RestPull } from './pull.ts'
