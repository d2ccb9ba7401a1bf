import { readFileSync } from 'node:fs'
import knex from 'knex'
import * as work from './work.mjs'

const make = (pool, more) =>
  knex({ client: 'pg', connection: { connectionString: work.bareUrl, ssl: { ca: readFileSync(work.caFile, 'utf8') }, ...more }, pool })

function load(db) {
  const query = async (on, k, n) => (await on.raw(`select ${k} + ?::int as v`, [n])).rows[0].v
  return work.load(
    (k, n) => query(db, k, n),
    (pairs) =>
      db.transaction(async (transaction) => {
        const values = []
        for (const [k, n] of pairs) values.push(await query(transaction, k, n))
        return values
      }),
  )
}

await work.main({
  default: () => load(make({ min: 0, max: work.pool })),
  advised: async () => load((await work.generated('db.mjs')).db),
  once: async () => {
    const db = make({ min: 0, max: 1 }, { connectionTimeoutMillis: 5000 })
    await work.once((text) => db.raw(text))
  },
})
