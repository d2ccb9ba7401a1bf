import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import * as work from './work.mjs'
import { load } from './postgres-js.load.mjs'

const make = (more = {}) =>
  postgres(work.bareUrl, { max: work.pool, ssl: { ca: readFileSync(work.caFile, 'utf8') }, onnotice: () => {}, ...more })

await work.main({
  default: () => load(make()),
  advised: async () => load((await work.generated('db.mjs')).sql),
  once: async () => {
    const sql = make({ max: 1, connect_timeout: 5 })
    await work.once((text) => sql.unsafe(text))
  },
})
