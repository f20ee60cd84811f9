export { NothingNew, type Purse, type RestPull, restPages } from './drive.ts'
