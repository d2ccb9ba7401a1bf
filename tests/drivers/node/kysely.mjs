import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import * as work from './work.mjs'

const make = (more) => new Kysely({ dialect: new PostgresDialect({ pool: work.quiet(new pg.Pool({ connectionString: work.url, ...more })) }) })

function load(db) {
  const query = async (on, k, n) => (await sql`select ${sql.raw(String(k))} + ${n}::int as v`.execute(on)).rows[0].v
  return work.load(
    (k, n) => query(db, k, n),
    (pairs) =>
      db.transaction().execute(async (transaction) => {
        const values = []
        for (const [k, n] of pairs) values.push(await query(transaction, k, n))
        return values
      }),
  )
}

await work.main({
  default: () => load(make({ max: work.pool })),
  advised: async () => load((await work.generated('db.mjs')).db),
  once: async () => {
    const db = make({ max: 1, connectionTimeoutMillis: 5000 })
    await work.once((text) => sql.raw(text).execute(db))
  },
})
