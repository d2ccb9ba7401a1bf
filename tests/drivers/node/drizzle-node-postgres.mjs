import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import * as work from './work.mjs'
import { drizzleLoad } from './drizzle.mjs'

const make = () => drizzle(work.quiet(new pg.Pool({ connectionString: work.url, max: work.pool })))

await work.main({
  default: () => drizzleLoad(make()),
  named: () => drizzleLoad(make(), true),
  advised: async () => drizzleLoad((await work.generated('db.mjs')).db),
  once: async () => {
    const db = drizzle(work.quiet(new pg.Pool({ connectionString: work.url, max: 1, connectionTimeoutMillis: 5000 })))
    await work.once((text) => db.execute(sql.raw(text)))
  },
})
