export { NothingNew, type Purse, type RestPull, restPages } from './drive.ts'
export { type Told, toldIn } from './told.ts'
