import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as work from './work.mjs'
import { drizzleLoad } from './drizzle.mjs'

const make = (more) => drizzle(postgres(work.bareUrl, { ssl: { ca: readFileSync(work.caFile, 'utf8') }, ...more }))

await work.main({
  default: () => drizzleLoad(make({ max: work.pool })),
  named: () => drizzleLoad(make({ max: work.pool }), true),
  advised: async () => drizzleLoad((await work.generated('db.mjs')).db),
  once: async () => {
    const db = make({ max: 1, connect_timeout: 5 })
    await work.once((text) => db.execute(sql.raw(text)))
  },
})
